// The panel: findings and what they rest on, in a shadow root, so that no page can undress or dress it.
import type { Facts } from "./facts.ts";
import { elementRows, googleRows, requestRows, storageRows, summary, type Row } from "./rows.ts";
import { tagRows } from "./tag_manager.ts";
import { diagnose } from "./diagnose.ts";
import { createTabs, type TabName } from "./tabs.ts";
import type { Finding } from "./finding.ts";
import css from "./panel.css";
import { createCorner } from "./corner.ts";
import { createListed } from "./listed.ts";
import type { Collector } from "./collect.ts";
import { icon, type Icon } from "./icons.ts";
import type { h as Make } from "../ui/dom.ts";

/** Pause between a change of the page and a new look at it, in milliseconds. */
const CALM = 150;

const TO_DO: TabName = {
  _name: "To do",
  _empty: "Nothing to change: what this page does fits what the banner says.",
};

/** The tabs behind it, with what each shows of the facts. */
const SEEN: readonly (TabName & { readonly rows: (facts: Facts) => readonly Row[] })[] = [
  {
    _name: "Elements",
    _empty: "No element of this page is marked with data-consent.",
    rows: elementRows,
  },
  { _name: "Requests", _empty: "This page has asked nobody else for anything.", rows: requestRows },
  { _name: "Storage", _empty: "Nothing is stored that a page can see.", rows: storageRows },
  {
    _name: "Google",
    _empty: "No container of Tag Manager and no dataLayer: Google's tags got no signals.",
    // Commands have their numbers in their titles.
    rows: (facts) => [...tagRows(facts), ...googleRows(facts)],
  },
];

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

/** Inserts the panel, above everything else in the top layer. */
function raise(host: HTMLElement): void {
  try {
    if (!host.isConnected) document.documentElement.append(host);
    if (host.matches(":popover-open")) host.hidePopover();
    host.showPopover();
  } catch {
    // A browser without popovers has our z-index.
  }
}

/** The number in the header; `announce` is called when it has changed. */
function showCount(badge: HTMLElement, found: readonly Finding[], announce: (text: string) => void, h: typeof Make) {
  const faults = found.filter(({ _level: level }) => level !== "note").length;
  const label = found.length ? `${found.length} to do` : "OK";
  if (badge.textContent === label) return;
  announce(found.length ? `${label}, ${faults} of them faults or warnings.` : "Nothing to do.");
  const [number = "", ...rest] = label.split(" ");
  badge.replaceChildren(number, h("span", {}, " " + rest.join(" ")));
}

/** A button of the header. */
function tool(name: Icon, label: string, press: () => void, h: typeof Make): HTMLElement {
  const button = h("button", { type: "button", title: label, "aria-label": label, class: name });
  button.append(icon(name));
  button.addEventListener("click", press);
  return button;
}

/** What the button that folds the panel does next. */
function showFolded(folder: HTMLElement, folded: boolean): void {
  const label = folded ? "Unfold" : "Fold";
  folder.replaceChildren(icon(folded ? "unfold" : "fold"));
  folder.setAttribute("aria-expanded", String(!folded));
  folder.setAttribute("aria-label", label);
  folder.title = label;
}

/** Calls `work` after a pause, once for all the calls in it. */
function later(work: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      work();
    }, CALM);
  };
}

export function showPanel(collector: Collector, h: typeof Make): void {
  const host = h("div", { id: "samtykke-debug", lang: "en", dir: "ltr", "data-nosnippet": "", popover: "manual" });
  const root = host.attachShadow({ mode: "open" });
  dress(root);

  // --- its frame ----------------------------------------------------------------------------------------
  const status = h("p", { role: "status", class: "unseen" });
  const announce = (text: string) => void (status.textContent = text);
  const corner = createCorner(host);
  const fold = (folded: boolean) => {
    host.toggleAttribute("data-folded", folded);
    panel.classList.toggle("folded", folded);
    showFolded(folder, folded);
  };
  const badge = h("span", { class: "chip" });
  const isFolded = () => panel.classList.contains("folded");
  const folder = tool("fold", "Fold", () => fold(!isFolded()), h);
  const close = tool(
    "close",
    "Close for this page",
    () => {
      open = false;
      stop();
      host.remove();
    },
    h,
  );
  const header = h(
    "header",
    {},
    h("h2", { id: "title" }, "Samtykke debug", badge),
    tool("move", "Move to the next corner", () => announce(`Moved to the ${corner._round()}.`), h),
    folder,
    close,
  );
  corner._follow(header);

  // --- what stands in it --------------------------------------------------------------------------------
  const about = h("div", { class: "summary" });
  const tabs = createTabs([TO_DO, ...SEEN], "What was found", h);
  const marker = h("div");
  const listed = createListed(collector._find, marker, announce, h);
  const panel = h(
    "section",
    { class: "panel", "aria-labelledby": "title" },
    header,
    h("div", { class: "rest" }, about, ...tabs._elements),
    status,
  );
  root.append(marker, panel);

  // --- its life -----------------------------------------------------------------------------------------
  let open = true;
  let last = "";
  const draw = () => {
    const facts = collector._look();
    const found = diagnose(facts);
    const is = JSON.stringify([facts, found]);
    if (is === last) return;
    last = is;
    about.replaceChildren(...summary(facts).map((text) => h("p", {}, text)));
    const worst = found[0]?._level ?? "good";
    tabs._list(TO_DO._name, found, listed._finding).className = worst;
    for (const { _name: name, rows } of SEEN) tabs._list(name, rows(facts), listed._row);
    badge.className = "chip " + worst;
    showCount(badge, found, announce, h);
  };
  const refresh = later(() => {
    if (!open) return;
    // A page that swaps its contents may have taken us with it.
    if (!host.isConnected) raise(host);
    draw();
  });
  // The banner comes into the top layer above us: we go back on top, so that it can be looked at from here.
  document.addEventListener("samtykke:show", () => open && raise(host));
  root.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key !== "Escape" || isFolded()) return;
    fold(true);
    folder.focus();
  });
  fold(false);
  raise(host);
  draw();
  const stop = collector._watch(refresh);
}
