// Brings the page of the preview into the state that is asked for, and what a field is about into sight.
import { restore, scrollHere } from "./preview_place.js";

/** Longest wait in milliseconds until the page stops changing, and how long it must not change for that. */
const PATIENCE = 1500;
const STILL = 50;

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** When the page has not changed for a moment. */
function quiet() {
  return new Promise((done) => {
    const end = () => {
      watch.disconnect();
      clearTimeout(still);
      clearTimeout(last);
      done();
    };
    const watch = new MutationObserver(() => {
      clearTimeout(still);
      still = setTimeout(end, STILL);
    });
    watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    let still = setTimeout(end, STILL);
    const last = setTimeout(end, PATIENCE);
  });
}

/** What a selector finds, once it is there; undefined if it does not come. */
async function coming(selector) {
  for (let left = PATIENCE; left > 0; left -= 20) {
    const found = document.querySelector(selector);
    if (found) return found;
    await wait(20);
  }
}

const settings = () => document.querySelector("dialog#samtykke-settings[open]");
const action = (name) => `[data-samtykke-action="${CSS.escape(name)}"]`;

/** What each state needs that the page does not come to by itself. */
const STATES = {
  banner: () => (leave(), samtykke.show()),
  again: () => (leave(), samtykke.show()),
  async settings() {
    if (!settings()) await samtykke.settings();
    await coming("dialog#samtykke-settings[open]");
  },
  placeholder: () => (leave(), samtykke.hide()),
  announcement: () => coming("#samtykke-announcement"),
  answered: () => leave(),
};

const leave = () => settings()?.querySelector(action("close"))?.click();

const squeezed = (text) => text.replace(/\s+/g, " ").trim();

/** The smallest element that says a text, of those in `root`. */
function saying(text, root) {
  const wanted = squeezed(text.split("\n").find((line) => line.trim()) ?? "");
  if (!wanted) return;
  const found = [...root.querySelectorAll("*")].filter((each) => !each.matches("script, style") && squeezed(each.textContent).includes(wanted));
  const labelled = [...root.querySelectorAll("[aria-label], [title]")].find(
    (each) => each.ariaLabel === wanted || each.title === wanted,
  );
  // The deepest, and of those that say more than that, the one that says least.
  return found.reduce((best, each) => (!best || squeezed(each.textContent).length <= squeezed(best.textContent).length ? each : best), labelled);
}

/** What the part of a scene stands for. */
function partOf({ state, part, text }) {
  const [kind, key = "", index = ""] = part.split(":");
  const id = (name) => document.getElementById(name);
  if (kind === "category") return id(`samtykke-${key}`)?.closest("section");
  const service = key && id(`samtykke-service-${key}`)?.closest("li");
  if (kind === "service") return service;
  if (kind === "cookie") return service?.querySelectorAll(":scope > div li")[index] ?? service;
  if (state === "placeholder") {
    return document.querySelector(`[data-preview-blocked="${kind || "service"}"]`);
  }
  const root = part
    ? id(part)?.closest("section")
    : document.querySelector("dialog[open]") ?? document.querySelector(state === "answered" ? "#samtykke-open" : "#samtykke, #samtykke-announcement, main");
  return (root && saying(text, root)) ?? (part ? id(part) : undefined);
}

/** What scrolls an element: an element around it, or the window. */
function windowOf(element) {
  for (let each = element.parentElement; each; each = each.parentElement) {
    if (each.scrollHeight > each.clientHeight && /auto|scroll/.test(getComputedStyle(each).overflowY)) {
      const { top, bottom } = each.getBoundingClientRect();
      return [Math.max(0, top), Math.min(innerHeight, bottom)];
    }
  }
  return [0, innerHeight];
}

/** Unfolds what an element is in, and scrolls to it unless it is in sight. */
function reveal(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const { top, bottom } = element.getBoundingClientRect();
  const [from, to] = windowOf(element);
  if (top >= from && bottom <= to) return;
  scrollHere(element, bottom - top > to - from ? "start" : "center");
}

/** Shows a scene; a `place` is where somebody was in the same state, and stays it. */
export async function show(scene, place) {
  await STATES[scene.state]?.();
  for (const name of scene.press) {
    const button = await coming(`dialog[open] ${action(name)}, #samtykke ${action(name)}`);
    button?.click();
    await quiet();
  }
  await quiet();
  if (place) return restore(place);
  const found = partOf(scene);
  if (found) reveal(found);
  else if (scene.state === "banner") scrollTo(0, 0);
}
