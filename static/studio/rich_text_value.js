// What a field of rich text holds, to and from the editor: plain text, or HTML if it begins with `<`.

/** What the editor starts from: HTML as it is, and plain text as paragraphs with breaks where lines end. */
export function fromField(value) {
  if (value.startsWith("<")) return value;
  const paragraphs = value
    .replaceAll("\r\n", "\n")
    .split(/\n[ \t]*\n/)
    .map((part) => part.replace(/^\n+|\n+$/g, ""))
    .filter((part) => part.trim());
  return { type: "doc", content: paragraphs.length ? paragraphs.map(paragraph) : [{ type: "paragraph" }] };
}

function paragraph(text) {
  const content = text.split("\n").flatMap((line, index) => [
    ...(index ? [{ type: "hardBreak" }] : []),
    ...(line ? [{ type: "text", text: line }] : []),
  ]);
  return { type: "paragraph", content };
}

/** What is sent: plain text as long as no formatting is used, HTML from then on. */
export function toField(doc, html) {
  return asPlainText(doc) ?? compact(html);
}

/** The document as plain text; undefined if it has formatting, or would be taken for HTML. */
function asPlainText(doc) {
  const paragraphs = [];
  let plain = true;
  doc.forEach((node) => {
    let text = "";
    plain &&= node.type.name === "paragraph";
    node.forEach((child) => {
      plain &&= child.marks.length === 0 && (child.isText || child.type.name === "hardBreak");
      text += child.isText ? child.text : "\n";
    });
    if (text.trim()) paragraphs.push(text);
  });
  const whole = paragraphs.join("\n\n").trim();
  return plain && !whole.startsWith("<") ? whole : undefined;
}

/** Without paragraphs that hold nothing, and without those around a list item's only text. */
function compact(html) {
  return html.replaceAll("<p></p>", "").replace(/<li><p>((?:(?!<\/?p>).)*)<\/p><\/li>/gs, "<li>$1</li>");
}
