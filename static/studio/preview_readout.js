// What is said below the preview: how what it shows is reached by keyboard, and how well it can be read.
import { decimal, say } from "./words.js";

const KINDS = {
  button: () => say("button"),
  link: () => say("link"),
  switch: () => say("switch"),
  fold: () => say("unfolds"),
  frame: () => say("frame"),
  field: () => say("field"),
};

/** The sentence about the text that is hardest to read, and whether that is enough. */
function contrastSentence({ ratio, least, text }) {
  // Rounded down, so that what is too little never reads as enough.
  const places = { ratio: decimal(Math.floor(ratio * 10) / 10), least: decimal(least), text };
  return ratio >= least
    ? say("Lowest contrast: %(ratio)s : 1 in “%(text)s”. At least %(least)s is needed.", places)
    : say("Too little contrast: %(ratio)s : 1 in “%(text)s”. At least %(least)s is needed.", places);
}

export function showReadout(panel, { keyboard, contrast }, language) {
  panel.querySelector("[data-readout]").hidden = false;
  const line = panel.querySelector("[data-contrast]");
  line.hidden = !contrast;
  if (contrast) {
    line.className = contrast.ratio >= contrast.least ? "ratio-good" : "ratio-bad";
    line.textContent = contrastSentence(contrast);
  }
  panel.querySelector("[data-keyboard-count]").textContent = say("Reached by keyboard, in this order: %(count)s", keyboard);
  const items = keyboard.first.map(({ name, kind }) => {
    const item = document.createElement("li");
    const called = document.createElement("bdi");
    called.lang = language;
    called.textContent = name;
    const what = document.createElement("span");
    what.className = "muted";
    what.textContent = ` – ${KINDS[kind]?.() ?? kind}`;
    item.append(called, what);
    return item;
  });
  panel.querySelector("[data-keyboard]").replaceChildren(...items);
}
