// Tabs as the ARIA Authoring Practices have them, each with a list that reuses what has not changed.
import type { h as Make } from "../ui/dom.ts";

/** What a list shows; the same id and content means the same element. */
interface Item {
  readonly _id: string;
}

export interface TabName {
  readonly _name: string;
  /** What stands there instead of an empty list. */
  readonly _empty: string;
}

export interface Tabs {
  /** The bar, then what it switches between. */
  readonly _elements: readonly HTMLElement[];
  /** Lists these items in a tab, and returns the element with their number. */
  _list<Of extends Item>(name: string, items: readonly Of[], make: (item: Of) => HTMLElement): HTMLElement;
}

/** Reuses the elements of what has not changed, so that focus and selection stay where they are. */
function fill<Of extends Item>(list: Element, items: readonly Of[], make: (item: Of) => HTMLElement): void {
  const old = new Map([...list.children].map((child) => [(child as HTMLElement).dataset.is ?? "", child]));
  const shown = items.map((item) => {
    const is = JSON.stringify(item);
    const made = old.get(is) ?? make(item);
    (made as HTMLElement).dataset.is = is;
    return made;
  });
  for (const child of [...list.children]) if (!shown.includes(child)) child.remove();
  shown.forEach((each, index) => {
    if (list.children[index] !== each) list.insertBefore(each, list.children[index] ?? null);
  });
}

export function createTabs(names: readonly TabName[], label: string, h: typeof Make): Tabs {
  const lists = new Map<string, { list: HTMLElement; none: HTMLElement; number: HTMLElement }>();
  const tabs: HTMLElement[] = [];
  const sheets: HTMLElement[] = [];
  const choose = (index: number) => {
    tabs.forEach((tab, each) => {
      tab.setAttribute("aria-selected", String(each === index));
      tab.tabIndex = each === index ? 0 : -1;
    });
    sheets.forEach((sheet, each) => (sheet.hidden = each !== index));
    tabs[index]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  names.forEach(({ _name: name, _empty: empty }, index) => {
    const number = h("span");
    const tab = h(
      "button",
      { type: "button", role: "tab", id: "tab" + index, "aria-controls": "sheet" + index },
      name,
      number,
    );
    const list = h("ul");
    const none = h("p", { class: "none" }, empty);
    // A sheet that scrolls has to be reached by the keyboard.
    const sheet = h(
      "div",
      { role: "tabpanel", id: "sheet" + index, "aria-labelledby": "tab" + index, tabindex: "0" },
      list,
      none,
    );
    tab.addEventListener("click", () => choose(index));
    tabs.push(tab);
    sheets.push(sheet);
    lists.set(name, { list, none, number });
  });
  const bar = h("div", { role: "tablist", "aria-label": label }, ...tabs);
  bar.addEventListener("keydown", (event) => {
    const index = tabs.indexOf(event.target as HTMLElement);
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined || index < 0) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    choose(next);
    tabs[next]?.focus();
  });
  choose(0);
  return {
    _elements: [bar, ...sheets],
    _list(name, items, make) {
      const { list, none, number } = lists.get(name) as { list: HTMLElement; none: HTMLElement; number: HTMLElement };
      fill(list, items, make);
      none.hidden = items.length > 0;
      list.hidden = !items.length;
      number.textContent = items.length ? String(items.length) : "";
      return number;
    },
  };
}
