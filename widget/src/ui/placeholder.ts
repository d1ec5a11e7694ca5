// What lies over a frame that may not load: says why, and lets the visitor load it.
import { button, categories, config, h, host, session, text } from "./context.ts";

/** Below so many pixels of height there is room for small letters only, and below so many for one row. */
const LOW = 220;
const ROW = 100;
/** A row of less width has room for a name, but not for a sentence. */
const NARROW = 440;
/** A frame of less is no picture or film, but a means of counting: nothing in its place could be read. */
const LEAST = 40;

/** Names that stand for moving pictures. */
const FILM = /video|vimeo|youtu|twitch|stream|film|player|spiller/i;

/** Keeps a box exactly above a frame, whatever the page does to the frame's size; `gone` when it takes the frame away. */
function follow(box: HTMLElement, frame: Element, gone: () => void): () => void {
  const { style, classList } = box;
  const set = (name: string, value: string) => style.setProperty(name, value, "important");
  const fit = () => {
    set("margin", "0");
    const from = box.getBoundingClientRect();
    const { left, top, width, height } = frame.getBoundingClientRect();
    set("margin", `${top - from.top}px 0 0 ${left - from.left}px`);
    set("width", width + "px");
    set("height", height + "px");
    set("visibility", width < LEAST || height < LEAST ? "hidden" : "visible");
    classList.toggle("low", height < LOW);
    classList.toggle("row", height < ROW);
    classList.toggle("narrow", height < ROW && width < NARROW);
    frame.isConnected || gone();
  };
  // At once, so that it is never seen at another size.
  fit();
  const watch = new ResizeObserver(fit);
  watch.observe(frame);
  watch.observe(document.documentElement);
  return () => watch.disconnect();
}

/** What takes the placeholder off each covered frame. */
const covers = new Map<HTMLElement, () => void>();
/** Frames of which it was looked up to which service they belong. */
const identified = new WeakSet<HTMLElement>();
/** The frame whose button was pressed: it gets the focus when it loads. */
let asked: HTMLElement | undefined;

const declared = () => categories.flatMap(({ services }) => services);
const find = (key: string) => config.services.find((each) => each.key === key);
const named = (keys: readonly string[]) => {
  const names = new Map([...categories, ...declared()].map(({ key, name }) => [key, name]));
  return keys.map((key) => names.get(key) ?? key).join(", ");
};

export const uncover = (): void => {
  for (const [frame, end] of covers) {
    if (frame.isConnected && !session._permits(frame)) continue;
    end();
    covers.delete(frame);
    if (frame !== asked) continue;
    asked = undefined;
    // A box that a script fills takes the focus too, by us alone.
    if (frame.localName !== "iframe") frame.tabIndex = -1;
    frame.focus();
  }
};

/** What the visitor may answer. */
const buttons = (frame: HTMLElement, needed: readonly string[], services: readonly string[]) => {
  const answer = (action: string, label: string, press: () => void) =>
    button(action, label, () => {
      asked = frame;
      press();
    });
  const whole = needed.filter((key) => !find(key));
  return h(
    "div",
    { class: "actions" },
    // This one display, on this page: nothing is stored, and no other page or frame is affected.
    frame.dataset.consentSrc !== undefined &&
      answer("load-once", text("load_once"), () => {
        session._allowedOnce.add(frame);
        host._scan(frame);
        uncover();
      }),
    // Where it reaches further than to what the visitor sees here, the button says how far.
    answer(
      "load-always",
      whole[0] ? text("load_category").replace("{category}", named([...whole, ...services])) : text("load_always"),
      () => host._decide("save", "placeholder", Object.fromEntries(needed.map((each) => [each, true]))),
    ),
  );
};

/** What stands in the place of a frame: its service, why it is not there, and the buttons. */
const placeholder = (frame: HTMLElement): HTMLElement => {
  const { consentSrc } = frame.dataset;
  const needed = session._needs(frame);
  const services = needed.filter(find);
  const title = named(services) || frame.title || new URL(consentSrc ?? "", location.href).host;
  // A button that could not do what it says is not offered: the console names the wrong key.
  const known = !session._unknown(frame);
  const reason =
    known &&
    text("placeholder")
      .replace("{service}", title)
      .replace("{category}", named([...new Set(needed.map((key) => find(key)?.category ?? key))]));
  const purposes = services.map((key) => known && declared().find((each) => each.key === key)?.purpose);
  const kind = FILM.test(consentSrc + title) ? "placeholder film" : "placeholder";
  const box = h(
    "div",
    {
      ...host._outermost(host._translation, "", kind),
      role: "group",
      "aria-label": frame.title || title,
      title: reason || title,
    },
    h("div", { class: "poster" }),
    h(
      "div",
      {},
      h("p", { class: "name" }, title),
      ...[reason, ...purposes].map((sentence) => !!sentence && h("p", {}, sentence)),
    ),
    known && buttons(frame, needed, services),
  );
  box.removeAttribute("id");
  return box;
};

/** Finds out whose frame it is that names no service. Until then no box may come: it would offer too much, and stay. */
async function identify(frame: HTMLElement): Promise<void> {
  identified.add(frame);
  covers.set(frame, () => {});
  try {
    (await host._extra())._identify(frame);
  } catch {
    // The button then says how far it reaches.
  }
  covers.delete(frame);
  host._scan(frame);
}

export const cover = (frame: HTMLElement): void => {
  if (covers.has(frame)) return;
  if (!frame.dataset.consentService && !identified.has(frame)) return void identify(frame);
  const box = placeholder(frame);
  // What is blocked keeps its place, so that nothing on the page moves.
  const { visibility } = frame.style;
  frame.style.visibility = "hidden";
  frame.before(box);
  const stop = follow(box, frame, uncover);
  covers.set(frame, () => {
    stop();
    box.remove();
    frame.style.visibility = visibility;
  });
};
