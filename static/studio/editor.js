// The forms that edit the draft: nothing that was typed gets lost, and the words beside the fields keep up.
import { remember, restore } from "./staying.js";
import { isStep } from "./undo.js";
import { say } from "./words.js";

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

function keepPlaces() {
  let kept;
  // Before everybody else takes their part of the form down, and after all have put theirs up again.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target?.id === "editor" && (kept = remember({ still: isStep(detail) })), true);
  addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!kept || detail.elt?.id !== "editor") return;
    restore(kept);
    kept = undefined;
  });
}

export function startEditor() {
  showPlaces();
  keepPlaces();

  document.addEventListener("input", (event) => {
    if (!event.target.closest("form[data-editor]")) return;
    keepMine(event.target.name);
    if (event.target.name === "appearance.layout") showPlaces();
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // An answer without the editor is an error page; the form stays.
    if (detail.target?.id === "editor" && !detail.serverResponse.includes('id="editor"')) detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.elt?.id !== "editor" && !document.getElementById("editor")?.contains(detail.elt)) return;
    showPlaces();
    document.getElementById("problems")?.focus();
  });
  document.addEventListener("htmx:sendError", () => {
    show(say("The server cannot be reached. Nothing was saved; try again."));
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
