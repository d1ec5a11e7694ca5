// An answer takes the place of the form of the editor: what was unfolded stays so, the focus stays in its field, and
// what is in sight does not move.

const editor = () => document.getElementById("editor");
const folds = () => [...editor().querySelectorAll("details:not(.help)")];
const nameOf = (fold) => fold.querySelector("summary")?.textContent.trim() ?? "";

/** Below the bars that stand above the form. */
const top = () => document.getElementById("edit-bar")?.getBoundingClientRect().bottom ?? 0;

/** The first field in sight, with where it is; nothing while the top of the page is in sight, where news is shown. */
function inSight() {
  const messages = document.getElementById("messages");
  if (messages && messages.getBoundingClientRect().bottom > 0) return undefined;
  const found = [...editor().querySelectorAll("[id]")].find((each) => {
    const box = each.getBoundingClientRect();
    return box.height > 0 && box.top >= top();
  });
  return found && { id: found.id, top: found.getBoundingClientRect().top };
}

/** @returns What `restore` needs; to be asked for before the swap. */
export function remember({ still }) {
  const here = document.activeElement;
  return {
    open: new Set(folds().filter(({ open }) => open).map(nameOf)),
    field: editor().contains(here) ? (here.id ?? "") : "",
    place: inSight(),
    scrolled: still ? scrollY : undefined,
  };
}

/** Brings it all back in the new form; who has to read first what went wrong is led there instead. */
export function restore({ open, field, place, scrolled }) {
  for (const fold of folds()) if (open.has(nameOf(fold))) fold.open = true;
  for (const open of editor().querySelectorAll(".field-theirs, [aria-invalid=true]")) {
    for (let fold = open.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
  if (document.getElementById("problems")) return;
  if (field && document.activeElement === document.body) document.getElementById(field)?.focus({ preventScroll: true });
  const found = place && document.getElementById(place.id);
  if (found) scrollBy({ top: found.getBoundingClientRect().top - place.top, behavior: "instant" });
  else if (scrolled !== undefined) scrollTo({ top: scrolled, behavior: "instant" });
}
