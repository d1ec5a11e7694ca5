// Which values come from the group: kept up to date in the form while somebody edits it.

/** Takes the line above the form and the marks of edited fields from the answer of an automatic save. */
export function showOrigins({ group, origins }) {
  if (!group) return;
  const bar = document.getElementById("group-bar");
  bar?.replaceWith(new DOMParser().parseFromString(group, "text/html").getElementById("group-bar"));
  for (const [name, mark] of Object.entries(origins)) {
    const place = document.querySelector(`[data-origin="${CSS.escape(name)}"]`);
    // One that is being read, or has the focus, stays until the next save.
    if (!place || place.contains(document.activeElement)) continue;
    place.replaceChildren(...new DOMParser().parseFromString(mark, "text/html").body.childNodes);
  }
}

export function startOrigins() {
  // One is open at a time, and none stays open behind what is done next.
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(".origin-own[open]")) if (!open.contains(event.target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest?.(".origin-own[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}
