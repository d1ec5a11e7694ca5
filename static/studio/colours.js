// Colours, typed or picked: pickers beside their fields, contrast in words, and all colours from that of the brand.
import { decimal, say } from "./words.js";

/** `#rrggbb` of what was typed, in the forms that the server reads too; undefined if it is no colour. */
export function readColour(text) {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1].toLowerCase();
  if (hex) return "#" + (hex.length === 6 ? hex : [...hex].map((digit) => digit + digit).join(""));
  const rgb = /^(?:rgb\s*\(\s*)?(\d{1,3})(?:\s*,\s*|\s+)(\d{1,3})(?:\s*,\s*|\s+)(\d{1,3})\s*\)?$/i.exec(text.trim());
  const channels = rgb?.slice(1).map(Number);
  if (!channels || Math.max(...channels) > 255) return undefined;
  return "#" + channels.map((channel) => channel.toString(16).padStart(2, "0")).join("");
}

/** WCAG's contrast between two colours written as #rrggbb. */
function contrast(one, other) {
  const light = (colour) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** What is said of each contrast, when it is enough and when it is not. */
const TEXT = [
  (shown) => say("Text: %(ratio)s : 1", shown),
  (shown) => say("Text: %(ratio)s : 1 – at least %(least)s is needed", shown),
];
const BUTTONS = [
  (shown) => say("Buttons: %(ratio)s : 1", shown),
  (shown) => say("Buttons: %(ratio)s : 1 – at least %(least)s is needed", shown),
];
const BUTTON_ON_BACKGROUND = [
  (shown) => say("Button against the background: %(ratio)s : 1", shown),
  (shown) => say("Button against the background: %(ratio)s : 1 – at least %(least)s is needed", shown),
];

/** Shows the picker of each colour as it is typed, and how well the texts can be read. */
export function showColours() {
  for (const picker of document.querySelectorAll("input[data-picks]")) {
    const typed = readColour(document.getElementById(picker.dataset.picks).value);
    picker.hidden = false;
    if (typed) picker.value = typed;
  }
  for (const palette of document.querySelectorAll("[data-palette]")) {
    const colour = (name) => readColour(document.getElementById(`${palette.dataset.palette}.${name}`)?.value ?? "");
    const pairs = [
      [colour("text"), colour("background"), 4.5, TEXT],
      [colour("accent_text"), colour("accent"), 4.5, BUTTONS],
      [colour("accent"), colour("background"), 3, BUTTON_ON_BACKGROUND],
    ];
    const items = pairs
      .filter(([one, other]) => one && other)
      .map(([one, other, least, [enough, tooLittle]]) => {
        const ratio = contrast(one, other);
        const item = document.createElement("li");
        item.className = ratio >= least ? "ratio-good" : "ratio-bad";
        const shown = { ratio: decimal(ratio), least: decimal(least) };
        item.textContent = ratio >= least ? enough(shown) : tooLittle(shown);
        return item;
      });
    palette.querySelector("[data-ratios]").replaceChildren(...items);
  }
}

export function startColours() {
  showColours();
  document.addEventListener("input", ({ target }) => {
    if (target.matches("input[data-picks]")) {
      const field = document.getElementById(target.dataset.picks);
      field.value = target.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (target.matches("input[data-colour]")) {
      showColours();
    }
  });
  document.addEventListener("htmx:afterSettle", showColours);
}
