// On a phone, the sections of a long form are folded, so that the next one is not screens away.

const PHONE = matchMedia("(max-width: 56.24rem)");
/** Fewer are not worth folding. */
const LEAST = 2;

const foldable = () => {
  const form = document.querySelector("form[data-editor]");
  if (!form) return [];
  const sections = form.querySelectorAll("fieldset.group:has(> legend h2), section.panel:has(:is(h2, h3))");
  return [...sections].filter((section) => !section.parentElement.closest("section.panel, fieldset.group"));
};
const headingOf = (section) => section.querySelector("h2, h3");
/** What stands below the heading. */
const bodyOf = (section) => [...section.children].filter((child) => !child.contains(headingOf(section)));
/** The folded sections of this page, by their headings: they stay so when the form comes back from the server. */
const open = new Set();
const nameOf = (section) => headingOf(section).textContent.trim();

function set(section, isOpen) {
  section.querySelector(".section-fold")?.setAttribute("aria-expanded", String(isOpen));
  // "until-found": what is searched for in the page, or linked to, unfolds. What is hidden for another reason stays so.
  for (const child of bodyOf(section)) {
    if (isOpen && child.getAttribute("hidden") === "until-found") child.removeAttribute("hidden");
    else if (!isOpen && !child.hasAttribute("hidden")) child.setAttribute("hidden", "until-found");
  }
  section.classList.toggle("is-folded", !isOpen);
  isOpen ? open.add(nameOf(section)) : open.delete(nameOf(section));
}

function fold(section, isOpen) {
  const heading = headingOf(section);
  if (!heading.querySelector(".section-fold")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "section-fold";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => set(section, section.classList.contains("is-folded")));
    heading.append(button);
  }
  set(section, isOpen);
}

function unfold(section) {
  set(section, true);
  const button = section.querySelector(".section-fold");
  button?.replaceWith(...button.childNodes);
}

/** What must be in sight: what somebody is in, what is wrong, and what was linked to. */
const needed = (section) =>
  section.contains(document.activeElement) || section.querySelector(".is-invalid, [aria-invalid=true], .field-theirs, :target") !== null;

/** Unfolds the section of what a link on the page leads to, before the browser scrolls there. */
function reach(target) {
  const section = target?.closest(".is-folded");
  if (section) set(section, true);
}

export function startSections() {
  const arrange = () => {
    const sections = foldable();
    if (!PHONE.matches || sections.length < LEAST) return sections.forEach(unfold);
    sections.forEach((section, index) => fold(section, needed(section) || open.has(nameOf(section)) || (index === 0 && !open.size)));
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) reach(document.getElementById(decodeURIComponent(link.hash.slice(1))));
  });
  document.addEventListener("beforematch", (event) => reach(event.target));
  document.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt?.id === "editor" && arrange());
  PHONE.addEventListener("change", arrange);
  arrange();
}
