// The forms that edit the draft: nothing that was typed gets lost, and the words beside the fields keep up.
import { decimal, say } from "./words.js";

const form = () => document.querySelector("form[data-editor]");

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

/** Shows each colour's code, and how well the texts can be read. */
function showColours() {
  for (const palette of document.querySelectorAll("[data-palette]")) {
    const colour = (name) => document.getElementById(`${palette.dataset.palette}.${name}`)?.value;
    for (const input of palette.querySelectorAll("input[type=color]")) {
      const output = palette.querySelector(`output[for="${CSS.escape(input.id)}"]`);
      if (output) output.textContent = input.value;
    }
    const pairs = [
      [colour("text"), colour("background"), 4.5, TEXT],
      [colour("accent_text"), colour("accent"), 4.5, BUTTONS],
      [colour("accent"), colour("background"), 3, BUTTON_ON_BACKGROUND],
    ];
    const list = palette.querySelector("[data-ratios]");
    list.replaceChildren(
      ...pairs.map(([one, other, least, [enough, tooLittle]]) => {
        const ratio = contrast(one, other);
        const item = document.createElement("li");
        item.className = ratio >= least ? "ratio-good" : "ratio-bad";
        const shown = { ratio: decimal(ratio), least: decimal(least) };
        item.textContent = ratio >= least ? enough(shown) : tooLittle(shown);
        return item;
      }),
    );
  }
}

/** Which positions a layout can stand in. */
const PLACES = {
  bar: ["bottom", "top"],
  box: ["bottom_left", "bottom_right", "centre"],
  dialog: ["centre"],
};

/** Offers only the positions that the chosen layout can stand in. */
function showPlaces() {
  const layout = document.querySelector('input[name="appearance.layout"]:checked');
  const position = document.getElementById("appearance.position");
  if (!layout || !position) return;
  const places = PLACES[layout.value];
  for (const option of position.options) option.hidden = option.disabled = !places.includes(option.value);
  if (!places.includes(position.value)) position.value = places[0];
}

/** Who goes on writing in a field keeps it, though a colleague's value was chosen before. */
function keepMine(name) {
  const mine = document.querySelector(`input[name="${CSS.escape(`take.${name}`)}"][value="mine"]`);
  if (mine) mine.checked = true;
}

export function startEditor() {
  let changed = false;
  showColours();
  showPlaces();

  document.addEventListener("input", (event) => {
    if (!event.target.closest("form[data-editor]")) return;
    changed = true;
    keepMine(event.target.name);
    if (event.target.type === "color") showColours();
    if (event.target.name === "appearance.layout") showPlaces();
  });
  // A form that the browser sends itself takes what was typed along.
  document.addEventListener("submit", (event) => {
    if (event.target === form()) changed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // An answer without the editor is an error page; the form stays.
    if (detail.target?.id === "editor" && !detail.serverResponse.includes('id="editor"')) detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.elt?.id !== "editor" && !document.getElementById("editor")?.contains(detail.elt)) return;
    showColours();
    showPlaces();
    const problems = document.getElementById("problems");
    changed = !!problems;
    problems?.focus();
  });
  document.addEventListener("htmx:sendError", () => {
    changed = true;
    show(say("The server cannot be reached. Nothing was saved; try again."));
  });
  document.addEventListener("login-ended", () => {
    changed = true;
    show(say("Your login has ended. Log in again in another tab, then save here: everything you typed is still there."));
  });
  document.addEventListener("form-renewed", ({ detail }) => {
    changed = true;
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = detail.token;
  });
}

function show(sentence) {
  const line = document.createElement("p");
  line.className = "notice notice-danger";
  line.textContent = sentence;
  const messages = document.getElementById("messages");
  messages.replaceChildren(line);
  messages.scrollIntoView({ block: "nearest" });
}
