// Where there is no room beside the form, the preview opens as a sheet above it, and closes back to the same field.

const NARROW = matchMedia("(max-width: 77.99rem)");

/**
 * @param lastField The field that somebody was in.
 * @param changed Called when the preview comes into sight, or goes out of it.
 */
export function startSheet(panel, lastField, changed) {
  const opener = document.querySelector("[data-preview-open]");
  if (!opener) return { start: () => changed(true), inSight: () => true };
  const sheet = document.createElement("dialog");
  sheet.className = "preview-sheet";
  sheet.setAttribute("aria-labelledby", "preview-title");
  panel.after(sheet);
  const close = panel.querySelector("[data-preview-close]");

  const arrange = () => {
    if (sheet.open) sheet.close();
    // A frame that is moved loads again: before anything is in it.
    changed(false);
    if (NARROW.matches) sheet.append(panel);
    else sheet.before(panel);
    close.hidden = !NARROW.matches;
    if (!NARROW.matches) changed(true);
  };
  opener.addEventListener("click", (event) => {
    if (!NARROW.matches) return;
    event.preventDefault();
    sheet.showModal();
    changed(true);
  });
  close.addEventListener("click", () => sheet.close());
  sheet.addEventListener("close", () => {
    changed(false);
    (lastField() ?? opener).focus({ preventScroll: true });
  });
  NARROW.addEventListener("change", arrange);
  return { start: arrange, inSight: () => !NARROW.matches || sheet.open };
}
