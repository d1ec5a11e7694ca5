// For who came from a finding to its field: whether it is put right, and the next one, as each answer of the server has it.

/** As in editors of code. */
const KEY = "F8";

const onward = () => document.querySelector("#next-finding a");

/** Takes over what an answer says; the element stays, so that it is read aloud. */
export function showFinding(element) {
  const present = document.getElementById("next-finding");
  const said = (one) => [one.textContent, one.querySelector("a")?.href].join();
  if (!element || !present || said(element) === said(present)) return;
  const focused = present.contains(document.activeElement);
  present.className = element.className;
  present.replaceChildren(...element.childNodes);
  nameKey();
  if (focused) onward()?.focus();
}

/** Says on the link which key does the same: it stands above the form, and fields are between. */
function nameKey() {
  const link = onward();
  if (!link) return;
  link.setAttribute("aria-keyshortcuts", KEY);
  link.title = `${link.textContent.trim()} (${KEY})`;
}

export function startNextFinding() {
  nameKey();
  document.addEventListener("keydown", (event) => {
    if (event.key !== KEY || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !onward() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    onward().click();
  });
}
