// Runs in the frame of the preview, before the banner: makes the visitor, shows what the studio asks for, and reports.
// It hears its parent alone, and only these few words; what it finds in the page it reports as text.
import { show } from "./preview_acts.js";
import { place, scrollHere } from "./preview_place.js";
import { keyboardOrder, lowestContrast, stateNow } from "./preview_reading.js";
import { pretend } from "./preview_visit.js";

const { dataset } = document.currentScript;
const example = "example" in dataset;
pretend(dataset);

const tell = (event, more = {}) => parent.postMessage({ samtykke: "preview", event, ...more }, "*");

/** The number of the studio's last wish that is done. */
let done = 0;
let newest = 0;
let reading;
/** Says what is shown now, and once the browser has shown that, how it is reached and read. */
function report() {
  const root = document.querySelector("dialog[open], #samtykke, #samtykke-announcement");
  const { left = 0, width = 0 } = root?.getBoundingClientRect() ?? {};
  tell("shown", { done, state: stateNow(), left, width, example });
  clearTimeout(reading);
  reading = setTimeout(() => tell("read", { keyboard: keyboardOrder(), contrast: lowestContrast() }), 50);
}

let touched = false;
/** How many of the studio's wishes are not done yet. */
let busy = 0;
// Nothing in here takes the focus from the form, until somebody works in here.
const { focus } = HTMLElement.prototype;
HTMLElement.prototype.focus = function (options) {
  if (touched) focus.call(this, options);
};
// Nor does anything in here scroll the studio.
Element.prototype.scrollIntoView = function (options) {
  scrollHere(this, options === false ? "nearest" : (options?.block ?? "start"));
};
const { showModal } = HTMLDialogElement.prototype;
HTMLDialogElement.prototype.showModal = function () {
  // A dialog gives the focus to what is in it, unless nothing there can have it.
  this.inert = !touched;
  showModal.call(this);
  this.inert = false;
};
for (const event of ["pointerdown", "keydown"]) {
  addEventListener(event, () => (touched = true), { capture: true });
}
// What comes by itself, or by somebody who works in here: the small button, an answer, the settings.
let reporting;
function reportSoon() {
  clearTimeout(reporting);
  reporting = setTimeout(() => busy || report(), 100);
}
const watch = () =>
  new MutationObserver(reportSoon).observe(document.body, { subtree: true, childList: true, attributeFilter: ["open", "class"] });
addEventListener("resize", reportSoon);
// A link of the sample page leads nowhere.
addEventListener("click", (event) => event.target.closest?.(".page a") && event.preventDefault());

let timer;
for (const event of ["scroll", "toggle"]) {
  addEventListener(
    event,
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => tell("place", { place: place() }), 30);
    },
    { capture: true, passive: true },
  );
}

addEventListener("message", async ({ source, data }) => {
  if (source !== parent || data?.samtykke !== "preview" || data.event !== "show") return;
  busy++;
  newest = data.scene.number;
  touched = false;
  await show(data.scene, data.place);
  if (--busy) return;
  done = newest;
  report();
});

addEventListener("DOMContentLoaded", () => {
  watch();
  tell("ready");
});
