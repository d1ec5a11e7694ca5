// What makes the studio's pages quicker to work with. Every page works without it, but for preview and chart.
import htmx from "htmx.org";
import { startCharts } from "./charts.js";
import { startEditor } from "./editor.js";
import { startKnownServices } from "./known_services.js";
import { startPolling } from "./polling.js";
import { startPreview } from "./preview.js";
import { say } from "./words.js";

window.htmx = htmx;

/** Copies the text of the element that the button names, and says so on the button. */
function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  const label = button.textContent;
  const show = (word) => {
    button.textContent = word;
    setTimeout(() => (button.textContent = label), 2000);
  };
  navigator.clipboard.writeText(text).then(
    () => show(say("Copied")),
    () => {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      show(say("Press Ctrl+C"));
    },
  );
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/** The key that the server makes of a name if none is typed. */
function keyOf(name) {
  const plain = name.toLowerCase().replaceAll("ø", "o").replaceAll("æ", "ae").normalize("NFKD").replace(/[\u0080-\uffff]/g, "");
  const stem = (text) => text.slice(0, 20).replace(/-+$/, "");
  const key = stem(plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+/, ""));
  return /^[a-z]./.test(key) ? key : stem(`site-${key}`);
}

for (const key of document.querySelectorAll("[data-key-of]")) {
  const name = document.getElementById(key.dataset.keyOf);
  const propose = () => (key.placeholder = name.value.trim() && keyOf(name.value));
  name.addEventListener("input", propose);
  propose();
}

// Asked before htmx and the browser handle the event, so that "no" stops both.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !confirm(button.dataset.confirm)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

// On narrow screens the sections scroll sideways: the present one comes into sight.
for (const here of document.querySelectorAll(".side [aria-current], .tabs [aria-current]")) {
  const strip = here.closest("ul");
  strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
}

// What a link leads to may be folded away.
const folded = () => {
  const target = document.querySelector(":target");
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target?.closest("details")) target.scrollIntoView();
};
addEventListener("hashchange", folded);
folded();

startPreview();
startPolling();
startEditor();
startKnownServices();
startCharts();
document.getElementById("problems")?.focus();
