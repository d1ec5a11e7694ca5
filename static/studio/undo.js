// Undo and redo by keys. In a field with typing that is not saved yet they are the field's own, as everywhere; else they
// take back what was saved, as the buttons do, which are forms.
import htmx from "htmx.org";
import { showStatus } from "./save_status.js";

/** Milliseconds after which a step that was asked for, and was not sent, is not waited for any more. */
const PATIENCE = 5000;

const WRITTEN = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=color]), textarea";

/** The form of the step that a key asks for; undefined if it is another key. */
function asked({ key, ctrlKey, metaKey, shiftKey, altKey, isComposing }) {
  if (!(ctrlKey || metaKey) || altKey || isComposing) return undefined;
  if (key.toLowerCase() === "z") return shiftKey ? "redo-form" : "undo-form";
  return key.toLowerCase() === "y" && ctrlKey && !shiftKey ? "redo-form" : undefined;
}

/** Says on the buttons which keys do the same. */
function nameKeys() {
  for (const [id, keys] of [["undo-button", "Control+Z"], ["redo-button", "Control+Shift+Z"]]) {
    document.getElementById(id)?.setAttribute("aria-keyshortcuts", keys);
  }
}

/** Puts the buttons of an answer in the place of those that are there; a focused one keeps the focus. */
export function showSteps(element) {
  const present = document.getElementById("edit-steps");
  if (!element || !present) return;
  const focused = present.contains(document.activeElement) ? document.activeElement.id : "";
  present.replaceWith(element);
  htmx.process(element);
  nameKeys();
  if (!focused) return;
  const button = document.getElementById(focused);
  (button?.disabled ? document.querySelector("#edit-steps button:not(:disabled)") : button)?.focus();
}

/** Whether an answer of htmx is that to one of the buttons. */
export const isStep = ({ requestConfig }) => !!requestConfig?.elt.closest("#edit-steps");

/** Says beside the buttons what was undone: nothing moves by that, so that the same button can be pressed again. */
export function showOutcome(answered) {
  const news = answered.querySelector("#messages .notice");
  if (news) showStatus(news.classList.contains("notice-success") ? "saved" : "waiting", news.textContent.trim());
}

/** Steps that keys ask for while one is under way: the next is known once that is done. */
const waiting = [];
let since = -PATIENCE;

const buttonOf = (id) => document.getElementById(id)?.querySelector("button:not(:disabled)");

function take(id) {
  const button = buttonOf(id);
  if (!button) return waiting.splice(0);
  since = performance.now();
  button.form.requestSubmit(button);
}

/** Whether the keys are the field's own.
 *
 * @param isTyped whether a field of the draft has typing that is not saved; undefined: it is none */
function isOwn(target, isTyped) {
  if (!target.isContentEditable && !target.matches(WRITTEN)) return false;
  return isTyped(target.name ?? target.id) ?? true;
}

export function startUndo(isTyped) {
  nameKeys();
  // Before the field itself, of which an editor of formatted text has a history of its own.
  document.addEventListener(
    "keydown",
    (event) => {
      const id = asked(event);
      if (!id || !document.getElementById(id) || document.querySelector("dialog[open]") || isOwn(event.target, isTyped)) return;
      const underWay = performance.now() - since < PATIENCE;
      // Nothing to take back: then the browser may know something that was typed and deleted again.
      if (!underWay && !buttonOf(id)) return;
      event.preventDefault();
      event.stopPropagation();
      if (!underWay) take(id);
      else if (!event.repeat || !waiting.length) waiting.push(id);
    },
    true,
  );
  // Once it is on its way, its answer comes, or that there is none: however long it takes.
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (isStep(detail)) since = Infinity;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!isStep(detail)) return;
    since = -PATIENCE;
    // The form that was asked from is not in the page any more: what goes on does so once the new one stands.
    if (detail.successful) addEventListener("htmx:afterSettle", () => waiting.length && take(waiting.shift()), { once: true });
    else waiting.splice(0);
  });
}
