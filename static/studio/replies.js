// Puts a ready-made reply into its field, where it can be undone, and selects the first gap to fill in. Without this
// script the button sends the form, and the page comes back with the reply in it.
const GAP = /\[[^[\]]+\]/;

function insert(button) {
  const field = button.form.elements.text;
  const { reply } = button.dataset;
  const written = field.value.trimEnd();
  if (!written.includes(reply)) {
    field.focus();
    field.select();
    const text = written ? `${written}\n\n${reply}` : reply;
    // Typed, not set: so the browser can undo it.
    if (!document.execCommand("insertText", false, text)) field.value = text;
    field.rows = Math.max(field.rows, 18);
  }
  const gap = GAP.exec(field.value.slice(field.value.indexOf(reply)));
  field.focus();
  if (!gap) return;
  const start = field.value.indexOf(gap[0]);
  field.setSelectionRange(start, start + gap[0].length);
  field.scrollTop = 0;
}

export function startReplies() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reply]");
    if (!button) return;
    event.preventDefault();
    insert(button);
  });
}
