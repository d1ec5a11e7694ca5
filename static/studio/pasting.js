// Pasted HTML of word processors, made into what the editor knows: their lists are paragraphs with a bullet in
// front, their bold text is a style.

/** What somebody pastes, without styles, classes and what only the program that it comes from understands. */
export function withoutForeignFormatting(html) {
  const { body } = new DOMParser().parseFromString(inert(html), "text/html");
  for (const each of body.querySelectorAll("style, script, meta, link, title, xml")) each.remove();
  for (const each of body.querySelectorAll("*")) unstyle(each);
  listItems(body);
  for (const each of body.querySelectorAll("h1, h2")) rename(each, "h3");
  for (const each of body.querySelectorAll("h5, h6")) rename(each, "h4");
  for (const each of body.querySelectorAll("*")) {
    for (const { name } of [...each.attributes]) if (name !== "href") each.removeAttribute(name);
  }
  return body.innerHTML;
}

/** With styles where the page's policy does not see them: it would report each one. */
function inert(html) {
  const bare = html.replaceAll(/<style[\s>][\s\S]*?<\/style\s*>/gi, "");
  return bare.replaceAll(/<[a-z][^>]*>/gi, (tag) => tag.replaceAll(/\sstyle\s*=/gi, " data-style="));
}

const styleOf = (each) => (each.dataset.style ?? "").toLowerCase().replaceAll(/\s/g, "");

/** Bold and italic by a style become elements. Google Docs wraps everything in a `b` that is not bold. */
function unstyle(each) {
  const style = styleOf(each);
  const isBold = /font-weight:(?:bold|[6-9]00)/.test(style);
  if (each.localName === "b" && style.includes("font-weight:normal")) return each.replaceWith(...each.childNodes);
  if (each.localName !== "span") return;
  if (isBold) wrapContent(each, "strong");
  if (style.includes("font-style:italic")) wrapContent(each, "em");
}

/** Word's list items (class MsoListParagraph) in a row become one list; the marker in front is dropped. */
function listItems(body) {
  const isItem = (each) => /^MsoListParagraph/.test(each?.className ?? "") && styleOf(each).includes("mso-list:");
  for (const each of [...body.querySelectorAll("p")].filter(isItem)) {
    const marker = [...each.querySelectorAll("span")].find((span) => styleOf(span).includes("mso-list:ignore"));
    const kind = /[\p{L}\d][.)]/u.test(marker?.textContent ?? "") ? "ol" : "ul";
    marker?.remove();
    const before = each.previousElementSibling;
    const list = before?.dataset.pasted === kind ? before : document.createElement(kind);
    list.dataset.pasted = kind;
    each.before(list);
    const item = document.createElement("li");
    item.append(...each.childNodes);
    list.append(item);
    each.remove();
  }
}

function wrapContent(each, name) {
  const wrap = document.createElement(name);
  wrap.append(...each.childNodes);
  each.append(wrap);
}

function rename(each, name) {
  const made = document.createElement(name);
  made.append(...each.childNodes);
  each.replaceWith(made);
}
