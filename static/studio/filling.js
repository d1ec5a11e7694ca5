// Fills fields of the appearance at the press of a button, at once and so that it can be undone. Without this script
// the same button saves the form with them.
import { say } from "./words.js";

/** Sets fields of a form by name, and tells everybody who listens; returns what they had before. */
function fill(form, fields) {
  const before = {};
  for (const name of Object.keys(fields)) if (form.elements[name]) before[name] = form.elements[name].value;
  for (const name of Object.keys(before)) {
    const field = form.elements[name];
    if (field.value === String(fields[name])) continue;
    field.value = fields[name];
    // Of radio buttons, the one that is chosen now.
    const changed = field instanceof RadioNodeList ? form.querySelector(`[name="${CSS.escape(name)}"]:checked`) : field;
    for (const kind of ["input", "change"]) changed.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  return before;
}

/** Shows which buttons fill in what the form has already. */
function showPressed() {
  for (const button of document.querySelectorAll("button[data-fill]")) {
    const { elements } = button.form;
    const fields = Object.entries(JSON.parse(button.dataset.fill));
    button.ariaPressed = String(fields.every(([name, value]) => elements[name]?.value === String(value)));
  }
}

/** Says what was done, with buttons such as the way back: pairs of a label and what is done. */
function tell(place, sentences, ...offers) {
  const lines = sentences.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence }));
  const buttons = offers.map(([label, press]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: label });
    button.addEventListener("click", press);
    return button;
  });
  place.replaceChildren(...lines, ...buttons.flatMap((button) => [button, " "]));
}

/** The field of the brand's colour follows: it never says another colour than buttons have. */
function showBrand(colour = document.getElementById("appearance.colours.light.accent")?.value) {
  const brand = document.getElementById("brand");
  if (!brand || !colour || brand.value === colour) return;
  brand.value = colour;
  brand.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Fills, says so where the button's part of the page has a place for it, and can take it back. */
export function apply(button, fields, sentences, more) {
  const place = button.closest("[data-filling]")?.querySelector("[data-filled]");
  const before = fill(button.form, fields);
  if ("theme" in button.dataset) showBrand();
  if (!place || !sentences) return;
  // Not called "Undo", which takes back the last that was saved, whatever that is.
  const back = () => {
    fill(button.form, before);
    if ("theme" in button.dataset) showBrand();
    place.replaceChildren();
    button.focus();
  };
  const further = more ? [[more.label, () => (apply(button, more.fields, more.sentences), button.focus())]] : [];
  tell(place, sentences, ...further, [say("Put back what was there"), back]);
}

/** Says by a field why its button filled in nothing; without a sentence, that it is right again. */
export function refuse(button, field, sentence) {
  field.ariaInvalid = sentence ? "true" : null;
  field.classList.toggle("is-invalid", !!sentence);
  if (!sentence) return;
  const line = Object.assign(document.createElement("p"), { className: "field-error", textContent: sentence });
  button.closest("[data-filling]").querySelector("[data-filled]").replaceChildren(line);
  field.focus();
}

/** What the server fills in for a button; undefined if it does not answer, and the form itself is sent. */
async function asked(button, address, values) {
  try {
    const response = await fetch(`${address}?${new URLSearchParams(values)}`);
    if (![200, 422].includes(response.status)) throw new Error(response.status);
    return await response.json();
  } catch {
    button.dataset.plain = "";
    button.click();
  }
}

async function useBrand(button) {
  const typed = document.getElementById("brand");
  const answer = await asked(button, button.closest("[data-brand]").dataset.brand, { brand: typed.value });
  if (!answer) return;
  refuse(button, typed, answer.error);
  if (!answer.error) apply(button, answer.fields, answer.sentences);
}

/** A theme takes no colour away that somebody has chosen: the server says which stay. */
async function useTheme(button) {
  const colours = [...new FormData(button.form)].filter(([name]) => name.startsWith("appearance.colours."));
  const values = [["theme", button.dataset.theme], ...colours];
  const answer = await asked(button, button.closest("[data-themes]").dataset.themes, values);
  if (answer) apply(button, answer.fields, answer.sentences, answer.more);
}

export function startFilling() {
  showPressed();
  // Before htmx, which would send the form.
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("[data-brand-use], [data-fill]");
      if (!button || "plain" in button.dataset) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (button.dataset.theme) useTheme(button);
      else if (button.dataset.fill) apply(button, JSON.parse(button.dataset.fill));
      else useBrand(button);
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "brand") return;
    event.preventDefault();
    document.querySelector("[data-brand-use]").click();
  });
  document.addEventListener("input", showPressed);
  document.addEventListener("htmx:afterSettle", showPressed);
}
