// The panel: findings and what they rest on, in a shadow root, so that no page can undress or dress it.
import type { Collector } from "./collect.ts";
import { diagnose } from "./diagnose.ts";
import type { Facts } from "./facts.ts";
import type { Finding, Level } from "./finding.ts";
import css from "./panel.css";
import { elementRows, googleRows, requestRows, storageRows, summary, type Row } from "./rows.ts";
import type { h as Make } from "../ui/dom.ts";

const CHIPS: Readonly<Record<Level, string>> = { fault: "Fault", warning: "Warning", note: "Note" };

/** Corners that the panel can stand in, in the order in which its button goes round. */
const CORNERS: readonly (readonly [string, string])[] = [
  ["top", "right"],
  ["bottom", "right"],
  ["bottom", "left"],
  ["top", "left"],
];

/** Pause between a change of the page and a new look at it, in milliseconds. */
const CALM = 150;
/** How long the frame around an element stays, in milliseconds. */
const FRAMED = 2500;
/** How far the pointer must go before a press becomes a drag, in pixels. */
const SLACK = 6;

const ICONS = {
  move: "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
  fold: "M5 14l7-7 7 7",
  unfold: "M5 10l7 7 7-7",
  close: "M6 6l12 12M18 6L6 18",
} as const;

function icon(name: keyof typeof ICONS): SVGElement {
  const make = (tag: string) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const [svg, path] = [make("svg"), make("path")];
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg as SVGElement;
}

/** Keeps the elements of what has not changed, so that focus and selection stay where they are. */
function fill<Item extends { readonly id: string }>(
  list: Element,
  items: readonly Item[],
  make: (item: Item) => HTMLElement,
): void {
  const old = new Map([...list.children].map((child) => [(child as HTMLElement).dataset.is ?? "", child]));
  const wanted = items.map((item) => {
    const is = JSON.stringify(item);
    const made = old.get(is) ?? make(item);
    (made as HTMLElement).dataset.is = is;
    return made;
  });
  for (const child of [...list.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((each, index) => {
    if (list.children[index] !== each) list.insertBefore(each, list.children[index] ?? null);
  });
}

function dress(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement("style");
    style.nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
    style.textContent = css;
    root.append(style);
  }
}

interface Tab {
  readonly key: string;
  readonly name: string;
  readonly empty: string;
  readonly rows: (facts: Facts) => readonly Row[];
}

const TABS: readonly Tab[] = [
  {
    key: "elements",
    name: "Elements",
    empty: "No element of this page is marked with data-consent.",
    rows: elementRows,
  },
  { key: "requests", name: "Requests", empty: "This page has asked nobody else for anything.", rows: requestRows },
  { key: "storage", name: "Storage", empty: "Nothing is stored that a page can see.", rows: storageRows },
  {
    key: "google",
    name: "Google",
    empty: "Nothing was said to Google's tags: there is no dataLayer.",
    rows: googleRows,
  },
];

export function showPanel(collector: Collector, h: typeof Make): void {
  const host = h("div", { id: "samtykke-debug", lang: "en", dir: "ltr", "data-nosnippet": "", popover: "manual" });
  const root = host.attachShadow({ mode: "open" });
  dress(root);

  const tool = (name: string, label: string, press: () => void) => {
    const button = h("button", { type: "button", title: label, "aria-label": label, class: name });
    button.append(icon(name as keyof typeof ICONS));
    button.addEventListener("click", press);
    return button;
  };

  // --- where it stands ----------------------------------------------------------------------------------
  let corner = 0;
  const stand = () => {
    const [side, edge] = CORNERS[corner] as readonly [string, string];
    for (const name of ["top", "right", "bottom", "left"]) {
      host.style.setProperty("--" + name, name === side || name === edge ? "8px" : "auto");
    }
  };
  const round = () => {
    corner = (corner + 1) % CORNERS.length;
    stand();
    status.textContent = `Moved to the ${(CORNERS[corner] as readonly string[]).join(" ")}.`;
  };
  const drag = (event: PointerEvent) => {
    if (event.button || (event.target as Element).closest("button")) return;
    const slide = (way: string) => host.style.setProperty("--drag", way);
    let moved = false;
    const go = ({ clientX, clientY }: PointerEvent) => {
      const [x, y] = [clientX - event.clientX, clientY - event.clientY];
      moved ||= Math.hypot(x, y) > SLACK;
      if (moved) slide(`${x}px ${y}px`);
    };
    const end = () => {
      header.removeEventListener("pointermove", go);
      const { left, top, width, height } = host.getBoundingClientRect();
      slide("none");
      if (!moved) return;
      const side = top + height / 2 > innerHeight / 2 ? "bottom" : "top";
      const edge = left + width / 2 > innerWidth / 2 ? "right" : "left";
      corner = CORNERS.findIndex(([one, other]) => one === side && other === edge);
      stand();
    };
    header.setPointerCapture(event.pointerId);
    header.addEventListener("pointermove", go);
    header.addEventListener("lostpointercapture", end, { once: true });
  };

  // --- its frame ----------------------------------------------------------------------------------------
  const fold = (folded: boolean) => {
    host.toggleAttribute("data-folded", folded);
    panel.classList.toggle("folded", folded);
    const label = folded ? "Unfold" : "Fold";
    folder.replaceChildren(icon(folded ? "unfold" : "fold"));
    folder.setAttribute("aria-expanded", String(!folded));
    folder.setAttribute("aria-label", label);
    folder.title = label;
  };
  const status = h("p", { role: "status", class: "unseen" });
  const badge = h("span", { class: "chip" });
  const folder = tool("fold", "Fold", () => fold(!panel.classList.contains("folded")));
  const close = tool("close", "Close for this page", () => {
    open = false;
    stop();
    host.remove();
  });
  const header = h(
    "header",
    {},
    h("h2", { id: "title" }, "Samtykke debug", badge),
    tool("move", "Move to the next corner", round),
    folder,
    close,
  );
  header.addEventListener("pointerdown", drag);

  // --- its tabs -----------------------------------------------------------------------------------------
  const about = h("div", { class: "summary" });
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
  const add = (key: string, name: string, empty: string) => {
    const index = tabs.length;
    const number = h("span");
    const tab = h("button", { type: "button", role: "tab", id: "tab-" + key, "aria-controls": key }, name, number);
    const list = h(key === "google" ? "ol" : "ul");
    const none = h("p", { class: "none" }, empty);
    // A sheet that scrolls has to be reached by the keyboard.
    const sheet = h("div", { role: "tabpanel", id: key, "aria-labelledby": "tab-" + key, tabindex: "0" }, list, none);
    tab.addEventListener("click", () => choose(index));
    tabs.push(tab);
    sheets.push(sheet);
    lists.set(key, { list, none, number });
  };
  add("findings", "To do", "Nothing to change: what this page does fits what the banner says.");
  for (const { key, name, empty } of TABS) add(key, name, empty);
  const bar = h("div", { role: "tablist", "aria-label": "What was found" }, ...tabs);
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

  // --- what stands in them ------------------------------------------------------------------------------
  const copy = async (text: string, code: HTMLElement, button: HTMLElement) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a safe origin there is no clipboard: the text is selected, ready for the keyboard.
      getSelection()?.selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    status.textContent = "Copied.";
    setTimeout(() => (button.textContent = "Copy the line"), FRAMED);
  };
  const point = (id: number) => {
    const element = collector.find(id);
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    const { left, top, width, height } = element.getBoundingClientRect();
    const frame = h("div", { class: "frame" });
    for (const [name, value] of Object.entries({
      left: left - 6,
      top: top - 6,
      width: width + 12,
      height: height + 12,
    })) {
      frame.style.setProperty(name, value + "px");
    }
    marker.replaceChildren(frame);
    setTimeout(() => frame.remove(), FRAMED);
  };
  const show = (id: number | undefined) => {
    const box = id === undefined ? undefined : collector.find(id)?.getBoundingClientRect();
    if (id === undefined || !box?.width) return false;
    const button = h("button", { type: "button" }, "Show the element");
    button.addEventListener("click", () => point(id));
    return button;
  };
  const source = (text: string) =>
    h("code", {}, ...text.split(/([ \n]+)/).map((part) => (/\S/.test(part) ? h("span", {}, part) : part)));
  const line = (label: string, text: string, kind: string) =>
    h("div", { class: kind }, h("p", {}, label), source(text));
  const todo = ({ level, title, why, element, from, to, where }: Finding) => {
    const now = from ? line(to === "" ? "Remove this line" : "This line", from, "from") : false;
    const then = to ? line(where ?? (from ? "Change it to" : "Add this line"), to, "to") : false;
    const button = h("button", { type: "button" }, "Copy the line");
    button.addEventListener(
      "click",
      () => void copy(to ?? "", then ? (then.querySelector("code") as HTMLElement) : host, button),
    );
    const shown = show(element);
    return h(
      "li",
      {},
      h("div", { class: "head" }, h("h3", {}, title), h("span", { class: "chip " + level }, CHIPS[level])),
      h("p", {}, why),
      (now || then) && h("div", { class: "change" }, now, then),
      (then || shown) && h("div", { class: "acts" }, then && button, shown),
    );
  };
  const row = ({ title, code, chip, kind, detail, element }: Row) => {
    const shown = show(element);
    return h(
      "li",
      {},
      h(
        "div",
        { class: "head" },
        h("b", {}, code ? source(title) : title),
        !!chip && h("span", { class: "chip " + kind }, chip),
      ),
      !!detail && h("p", {}, detail),
      shown && h("div", { class: "acts" }, shown),
    );
  };

  const panel = h(
    "section",
    { class: "panel", "aria-labelledby": "title" },
    header,
    h("div", { class: "rest" }, about, bar, ...sheets),
    status,
  );
  const marker = h("div");
  root.append(marker, panel);

  const put = <Item extends { readonly id: string }>(
    key: string,
    items: readonly Item[],
    make: (item: Item) => HTMLElement,
  ) => {
    const { list, none, number } = lists.get(key) as { list: HTMLElement; none: HTMLElement; number: HTMLElement };
    fill(list, items, make);
    none.hidden = items.length > 0;
    list.hidden = !items.length;
    number.textContent = items.length ? String(items.length) : "";
    return number;
  };

  // --- its life -----------------------------------------------------------------------------------------
  let open = true;
  let last = "";
  const draw = () => {
    const facts = collector.look();
    const found = diagnose(facts);
    const is = JSON.stringify([facts, found]);
    if (is === last) return;
    last = is;
    about.replaceChildren(...summary(facts).map((text) => h("p", {}, text)));
    const worst = found[0]?.level ?? "good";
    put("findings", found, todo).className = worst;
    for (const { key, rows } of TABS) put(key, rows(facts), row);
    const faults = found.filter(({ level }) => level !== "note").length;
    badge.className = "chip " + worst;
    const words = found.length ? `${found.length} to do` : "all well";
    if (badge.textContent !== words) {
      status.textContent = found.length ? `${words}, ${faults} of them faults or warnings.` : words;
      const [number = "", ...rest] = words.split(" ");
      badge.replaceChildren(number, h("span", {}, " " + rest.join(" ")));
    }
  };
  let waiting = false;
  const refresh = () => {
    if (waiting || !open) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      if (!open) return;
      // A page that swaps its contents may have taken us with it.
      if (!host.isConnected) lift();
      draw();
    }, CALM);
  };
  const raise = () => {
    if (!host.isConnected) document.documentElement.append(host);
    if (host.matches(":popover-open")) host.hidePopover();
    host.showPopover();
  };
  const lift = () => {
    try {
      raise();
    } catch {
      // A browser without popovers has our z-index.
    }
  };
  // The banner comes into the top layer above us: we go back on top, so that it can be looked at from here.
  document.addEventListener("samtykke:show", () => open && lift());
  root.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key !== "Escape" || panel.classList.contains("folded")) return;
    fold(true);
    folder.focus();
  });
  stand();
  fold(false);
  lift();
  draw();
  const stop = collector.watch(refresh);
}
