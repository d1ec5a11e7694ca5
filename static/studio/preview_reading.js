// What the page of the preview is like for who uses a keyboard, and for who sees contrasts badly.

/** Most things that the list of the keyboard's order names. */
const MOST = 60;
const LARGE = 24; // pixels, from which text is large (WCAG 1.4.3); bold from 18.66

const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

/** What of the page is ours: an open dialog alone, as the rest waits; else everything of the banner, or the notice. */
function roots() {
  const dialog = document.querySelector("dialog.samtykke[open]");
  if (dialog) return [dialog];
  const own = [...document.querySelectorAll(".samtykke")];
  return document.querySelector(".page") ? own : [document.body];
}

/** Which of the states the page is in. */
export function stateNow() {
  if (!document.querySelector(".page")) return document.querySelector(".samtykke-declaration") ? "cookies" : "notice";
  if (document.querySelector("dialog#samtykke-settings[open]")) return "settings";
  if (document.querySelector("#samtykke-announcement")) return "announcement";
  const banner = document.querySelector("#samtykke");
  if (banner) return document.cookie ? "again" : "banner";
  return document.cookie ? "answered" : "placeholder";
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, iframe, [tabindex]";
const KINDS = { A: "link", BUTTON: "button", SUMMARY: "fold", IFRAME: "frame" };

const textOf = (ids) =>
  ids
    .split(/\s+/)
    .map((id) => document.getElementById(id)?.textContent ?? "")
    .join(" ");

/** The accessible name, as far as our elements have one. */
const nameOf = (element) =>
  (element.ariaLabel || textOf(element.getAttribute("aria-labelledby") ?? "") || element.textContent || element.title || "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 120);

/** What Tab leads to, one after the other. */
export function keyboardOrder() {
  const reached = roots()
    .flatMap((root) => [root, ...root.querySelectorAll("*")])
    .filter((element) => element.matches(FOCUSABLE) && element.tabIndex >= 0 && !element.disabled && visible(element));
  return {
    count: reached.length,
    first: reached.slice(0, MOST).map((element) => ({
      name: nameOf(element),
      kind: element.role === "switch" || element.getAttribute("role") === "switch" ? "switch" : (KINDS[element.tagName] ?? "field"),
    })),
  };
}

/** A computed colour as [red, green, blue, alpha], 0 to 1; undefined for one in another form. */
function parsed(colour) {
  const numbers = (colour.match(/[\d.]+%?/g) ?? []).map((one) => (one.endsWith("%") ? parseFloat(one) / 100 : Number(one)));
  const [alpha = 1] = numbers.slice(3);
  if (/^rgba?\(/.test(colour)) return [...numbers.slice(0, 3).map((one) => one / 255), alpha];
  if (/^color\(srgb /.test(colour)) return [...numbers.slice(0, 3), alpha];
}

const over = ([r, g, b, alpha], below) => [r, g, b].map((one, index) => one * alpha + below[index] * (1 - alpha));

/** What lies behind an element; undefined behind a picture. */
function ground(element) {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    const { backgroundColor, backgroundImage } = getComputedStyle(each);
    if (backgroundImage !== "none") return;
    const colour = parsed(backgroundColor);
    if (!colour) return;
    layers.push(colour);
    if (colour[3] === 1) break;
  }
  const paper = matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [1, 1, 1];
  return layers.reverse().reduce((below, layer) => over(layer, below), paper);
}

const luminance = (colour) =>
  colour
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);

const ratioOf = (one, other) => {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

/** The text that is hardest to read: its contrast, what WCAG 2.2 AA asks for at its size, and its beginning. */
export function lowestContrast() {
  let lowest = null;
  const judged = new Set();
  for (const root of roots()) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.data.trim();
      if (!text || judged.has(element) || element.matches("script, style") || !visible(element)) continue;
      judged.add(element);
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const ink = parsed(color);
      const behind = ink && ground(element);
      if (!behind) continue;
      const size = parseFloat(fontSize);
      const least = size >= LARGE || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5;
      const ratio = ratioOf(over(ink, behind), behind);
      if (!lowest || ratio / least < lowest.ratio / lowest.least) lowest = { ratio, least, text: text.slice(0, 60) };
    }
  }
  return lowest;
}
