// The fields of a form of the editor: what they have, putting values into them, and errors beside them.

/** Names of fields are paths in the banner document. */
const FIELD = /^(?:texts|categories|services|appearance|behaviour|controller|notice)\./;

// Rows of a table are saved as they are typed, too (storage_table.js).
const CONTROL = /^(?:csrf_token|revision|carried|language|do|next|remove)$|^(?:take|new|was)\./;

/** Name → value of all fields of the document; of a switch, the last value counts. */
export function valuesOf(form) {
  const values = new Map();
  for (const [name, value] of new FormData(form)) if (FIELD.test(name) && typeof value === "string") values.set(name, value);
  return values;
}

/** What the form has besides these fields, to see whether it was changed: only a button can save that. */
export function restOf(form, fields) {
  const rest = [];
  for (const [name, value] of new FormData(form)) {
    // Fields such as a brand colour only help to fill in others.
    if (CONTROL.test(name) || fields.has(name) || controlsOf(form, name)[0]?.closest("[data-aid], [data-filling]")) continue;
    rest.push([name, typeof value === "string" ? value : [value.name, value.size]]);
  }
  return JSON.stringify(rest);
}

function controlsOf(form, name) {
  const found = form.elements.namedItem(name);
  if (!found) return [];
  return found instanceof RadioNodeList ? [...found] : [found];
}

/** The box around a field with formatted text, which stands in place of the textarea. */
const richBox = (control) => (control.previousElementSibling?.classList.contains("rich") ? control.previousElementSibling : null);

/** Whether somebody is in this field now: then its value is left alone. */
export function isInFocus(form, name) {
  const here = document.activeElement;
  return controlsOf(form, name).some((control) => control === here || richBox(control)?.contains(here));
}

/** Whether a choice between two values stands open, or a part is shown that the draft does not have. */
export const isSuspended = (form) => !!form.querySelector('[name^="take."], [name="carried"]');

/** Whether each choice between two values that stands open in a form is made. */
export function isDecided(form) {
  const names = new Set([...form.querySelectorAll('[name^="take."]')].map(({ name }) => name));
  return names.size > 0 && [...names].every((name) => form.querySelector(`[name="${CSS.escape(name)}"]:checked`));
}

/** Whether somebody is in a field in which text is written. */
export const isWriting = () =>
  document.activeElement.isContentEditable || document.activeElement.matches("textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

/** Puts a value into a field, and tells who follows what is typed. */
export function setValue(form, name, value) {
  const controls = controlsOf(form, name).filter((control) => control.type !== "hidden");
  for (const control of controls) {
    if (control.type === "checkbox") control.checked = value === "on";
    else if (control.type === "radio") control.checked = control.value === value;
    else control.value = value;
  }
  const one = controls[0];
  if (!one) return;
  one.dispatchEvent(new CustomEvent("value-replaced"));
  one.dispatchEvent(new Event("input", { bubbles: true }));
}

const describe = (control, change) => {
  const ids = new Set((control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  change(ids);
  if (ids.size) control.setAttribute("aria-describedby", [...ids].join(" "));
  else control.removeAttribute("aria-describedby");
};

/** Where a field and its error are: links lead to its id. */
const shownAt = (form, name) => document.getElementById(name) ?? controlsOf(form, name)[0];

/** Takes the error of a field away. */
export function clearError(form, name) {
  document.getElementById(`${name}-error`)?.remove();
  const control = shownAt(form, name);
  if (!control?.hasAttribute("aria-invalid")) return;
  control.removeAttribute("aria-invalid");
  control.classList.remove("is-invalid");
  control.closest(".rich")?.classList.remove("is-invalid");
  describe(control, (ids) => ids.delete(`${name}-error`));
}

/** Shows the error of a field as the server has made it. */
export function showError(form, name, element) {
  clearError(form, name);
  const control = shownAt(form, name);
  if (!control) return;
  const made = document.createElement("template");
  made.innerHTML = element;
  const around = control.closest(".field, td, fieldset") ?? control.parentElement;
  const behind = around.querySelector(":scope > .field-main, :scope > .field-theirs, :scope > .field-help");
  if (behind) behind.before(made.content);
  else around.append(made.content);
  control.setAttribute("aria-invalid", "true");
  control.classList.add("is-invalid");
  describe(control, (ids) => ids.add(`${name}-error`));
}
