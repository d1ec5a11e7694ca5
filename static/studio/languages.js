// The languages of a page of the editor: ticking one shows its fields at once, and what was typed stays.
import { renumber } from "./storage_table.js";

const rowsOf = (root) => root.querySelectorAll("[data-languages-of] > [data-language]");

/** The same text in another copy of the page, whose new rows of a table are not as many. */
function groupIn(root, group) {
  const { languagesOf: pattern } = group.dataset;
  const found = root.querySelector(`[data-languages-of="${CSS.escape(pattern)}"]`);
  const model = found ?? (pattern.startsWith("new.") ? root.querySelector('[data-languages-of^="new."]') : null);
  const copy = model?.cloneNode(true);
  if (copy && !found) renumber(copy, copy.dataset.languagesOf.replace("purpose.*", ""), pattern.replace("purpose.*", ""));
  return copy;
}

/** Puts the fields of languages that the page does not have yet into their places; those that it has stay. */
function insert(answered) {
  for (const group of document.querySelectorAll("[data-languages-of]")) {
    let before = group.querySelector(":scope > [data-language]");
    for (const row of groupIn(answered, group)?.querySelectorAll(":scope > [data-language]") ?? []) {
      const present = group.querySelector(`:scope > [data-language="${CSS.escape(row.dataset.language)}"]`);
      if (!present) before ? before.before(document.adoptNode(row)) : group.append(document.adoptNode(row));
      else before = nextRow(present);
    }
  }
}

function nextRow(row) {
  let next = row.nextElementSibling;
  while (next && !next.dataset.language) next = next.nextElementSibling;
  return next;
}

/** Asks the server for the page with the ticked languages, which remembers them, and shows these alone. */
async function show(form) {
  const ticked = new FormData(form).getAll("show");
  const query = new URLSearchParams(ticked.map((code) => ["show", code]));
  const answer = await fetch(`${form.getAttribute("action")}?${query}`);
  if (!answer.ok || answer.redirected) return form.submit();
  insert(new DOMParser().parseFromString(await answer.text(), "text/html"));
  // A language with something typed in it that is not saved stays in the form, out of sight.
  for (const row of rowsOf(document)) row.hidden = !ticked.includes(row.dataset.language);
  document.dispatchEvent(new CustomEvent("fields-added"));
}

export function startLanguages() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-languages]");
    if (form) show(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-languages]");
    if (!form) return;
    event.preventDefault();
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked ||= event.submitter?.value === "*";
    show(form);
  });
}
