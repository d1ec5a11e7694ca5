// The search of pages, settings, services and sites: a dialog with a combobox (ARIA Authoring Practices, "editable
// combobox with list autocomplete"). The server finds and ranks; without this, the button leads to a page that does.
import { say } from "./words.js";

const PAUSE = 90; // milliseconds without typing before the server is asked

export function startSearch() {
  const dialog = document.getElementById("search");
  const opener = document.querySelector("[data-search-open]");
  if (!dialog?.showModal || !opener) return;
  const field = document.getElementById("search-field");
  const list = document.getElementById("search-list");
  const said = dialog.querySelector("[data-search-said]");
  let timer = 0;
  let asked = null;
  let active = -1;

  const keys = opener.querySelector("[data-search-keys]");
  keys.textContent = `${/Mac|iP(hone|ad|od)/.test(navigator.platform) ? "⌘" : "Ctrl"} K`;
  keys.hidden = false;

  const options = () => [...list.children];

  function choose(place) {
    const all = options();
    active = all.length === 0 ? -1 : (place + all.length) % all.length;
    for (const [index, option] of all.entries()) option.setAttribute("aria-selected", String(index === active));
    if (active < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", all[active].id);
      all[active].scrollIntoView({ block: "nearest" });
    }
  }

  function show({ found, said: sentence }) {
    list.replaceChildren(
      ...found.map(({ title, note, address }, index) => {
        const option = document.createElement("a");
        option.id = `search-option-${index}`;
        option.setAttribute("role", "option");
        option.className = "search-option";
        option.href = address;
        option.tabIndex = -1;
        for (const [kind, text] of [["row-title", title], ["row-note", note]]) {
          const part = document.createElement("span");
          part.className = kind;
          part.textContent = text;
          option.append(part);
        }
        return option;
      }),
    );
    field.setAttribute("aria-expanded", String(found.length > 0));
    said.textContent = sentence;
    choose(0);
  }

  async function ask() {
    const question = field.value.trim();
    if (question === asked) return;
    asked = question;
    const address = new URL(dialog.dataset.found, location.href);
    address.searchParams.set("q", question);
    const answer = await fetch(address).catch(() => null);
    if (question !== asked) return; // a later question is on its way
    // A login that has ended is answered with a page.
    if (answer?.ok && answer.headers.get("content-type")?.startsWith("application/json")) show(await answer.json());
    else {
      asked = null;
      show({ found: [], said: say("The search does not answer. Load the page again.") });
    }
  }

  function open() {
    if (dialog.open) return;
    asked = null;
    dialog.showModal();
    field.select();
    ask();
  }

  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a new tab, as any link
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    // Where text is formatted, the same keys set a link, and that has been handled by then.
    const pressed = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    if (!pressed || event.defaultPrevented) return;
    event.preventDefault();
    open();
  });
  dialog.querySelector("[data-search-close]").addEventListener("click", () => dialog.close());
  // Beside the dialog is its backdrop.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  // A page may be open that the result is a field of: nothing is loaded then, so the dialog has to go.
  list.addEventListener("click", () => dialog.close());
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      choose(active + step);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      // What was typed last may not be answered yet: it is asked at once.
      clearTimeout(timer);
      ask().then(() => options()[active]?.click());
    }
  });
}
