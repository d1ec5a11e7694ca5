// What makes the studio's pages quicker to work with. Every page works without it, but for preview and chart.
import htmx from "htmx.org";
import { isTyped, startAutosave } from "./autosave.js";
import { startBusy } from "./busy.js";
import { startCharts } from "./charts.js";
import { startChoosing } from "./choosing.js";
import { startColours } from "./colours.js";
import { startEditor } from "./editor.js";
import { startFilling } from "./filling.js";
import { startKnownServices } from "./known_services.js";
import { startLanguages } from "./languages.js";
import { startLogo } from "./logo.js";
import { startLoginAgain } from "./login_again.js";
import { startNextFinding } from "./next_finding.js";
import { startOneTimeLink } from "./one_time_link.js";
import { startPasskeys } from "./passkeys.js";
import { startOrigins } from "./origins.js";
import { startPolling } from "./polling.js";
import { startPresence } from "./presence.js";
import { startPreview } from "./preview.js";
import { startReplies } from "./replies.js";
import { startSections } from "./sections.js";
import { startStorageTable } from "./storage_table.js";
import { startSearch } from "./search.js";
import { startSendingAgain } from "./send_again.js";
import { startUndo } from "./undo.js";
import { startZone } from "./zone.js";
import { say } from "./words.js";

window.htmx = htmx;

// Announces what a button shows after it was pressed: its own name stays that of what it does.
const announced = document.createElement("span");
announced.className = "visually-hidden";
announced.role = "status";
document.body.append(announced);

/** Copies the text of the element that the button names, and says so on the button. */
function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  const label = button.textContent;
  const show = (word) => {
    announced.textContent = button.textContent = word;
    setTimeout(() => {
      button.textContent = label;
      announced.textContent = "";
    }, 2000);
  };
  navigator.clipboard.writeText(text).then(
    () => show(say("Copied")),
    () => {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      show(say("Press Ctrl+C"));
    },
  );
}

/** Menus, which stand above the page. */
const MENUS = "details.menu[open]";

function closeMenus(target) {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.contains(target)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  if (event.target.closest("[data-print]")) print();
  closeMenus(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // A help is read beside the fields: Escape in one of these is not about it.
  for (const menu of document.querySelectorAll(`${MENUS}, .help[open]:focus-within`)) {
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

// What a link leads to may be folded away, or stand in a field.
const folded = () => {
  const target = document.querySelector(":target");
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target?.closest("details")) target.scrollIntoView();
  const field = target?.matches("legend") ? target.closest("fieldset").querySelector("input:checked, input") : target;
  if (!field?.matches("input, select, textarea")) return;
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
};
addEventListener("hashchange", folded);
folded();

startReplies();
startSections();
startPreview();
startOneTimeLink();
startPolling();
startEditor();
startOrigins();
startColours();
startFilling();
startLogo();
startLanguages();
startStorageTable();
startSendingAgain();
startBusy();
startChoosing();
startZone();
startAutosave();
startLoginAgain();
startPasskeys();
startUndo(isTyped);
startNextFinding();
startPresence();
startKnownServices();
startCharts();
startSearch();
// What was refused is read first: the list of what has to be put right, else the first field at fault.
(document.getElementById("problems") ?? document.querySelector("[aria-invalid=true]"))?.focus();
