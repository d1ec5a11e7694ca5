// What lies over a frame that may not load: says why, and lets the visitor load it.
import type { Host, Part } from "../part.ts";
import type { Declaration } from "./settings.ts";

/** Frames of less than so many pixels in height have room for small letters only. */
const LOW = 220;

/** Keeps a box exactly above a frame, whatever the page does to the frame's size; `gone` when it takes the frame away. */
function follow(box: HTMLElement, frame: Element, gone: () => void): () => void {
  const { style } = box;
  const set = (name: string, pixels: number) => style.setProperty(name, pixels + "px", "important");
  const fit = () => {
    set("margin", 0);
    const from = box.getBoundingClientRect();
    const to = frame.getBoundingClientRect();
    set("margin-left", to.left - from.left);
    set("margin-top", to.top - from.top);
    set("width", to.width);
    set("height", to.height);
    box.classList.toggle("low", to.height < LOW);
    frame.isConnected || gone();
  };
  // At once, so that it is never seen at another size.
  fit();
  const watch = new ResizeObserver(fit);
  watch.observe(frame);
  watch.observe(document.documentElement);
  return () => watch.disconnect();
}

export function createPlaceholders({ texts, categories }: Declaration, host: Host): Pick<Part, "cover" | "uncover"> {
  const { config, words, session, decide, scan, h, button, outermost } = host;
  /** What takes the placeholder off each covered frame. */
  const covers = new Map<HTMLElement, () => void>();
  /** The frame whose button was pressed: it gets the focus when it loads. */
  let asked: HTMLElement | undefined;
  const declared = categories.flatMap(({ services }) => services);
  const find = (key: string) => config.services.find((each) => each.key === key);

  const uncover = () => {
    for (const [frame, end] of covers) {
      if (frame.isConnected && !session.permits(frame)) continue;
      end();
      covers.delete(frame);
      if (frame !== asked) continue;
      asked = undefined;
      // A box that a script fills takes the focus too, by us alone.
      if (frame.localName !== "iframe") frame.tabIndex = -1;
      frame.focus();
    }
  };

  return {
    cover(frame) {
      if (covers.has(frame)) return;
      const needed = session.needs(frame);
      const address = frame.dataset.consentSrc;
      const services = needed.flatMap((key) => find(key) ?? []);
      const named = needed.map((key) => find(key)?.category ?? key).map((key) => words.categories[key] ?? key);
      const names = services.map(({ name }) => name).join(", ");
      const title = names || frame.title || new URL(address ?? "", location.href).host;
      const reason = (texts.placeholder ?? "")
        .replace("{service}", title)
        .replace("{category}", [...new Set(named)].join(", "));
      const answer = (text: string, press: () => void) =>
        button(text.replace("_", "-"), texts[text], () => {
          asked = frame;
          press();
        });
      const box = h(
        "div",
        { ...outermost(words, "", "placeholder"), role: "group", "aria-label": frame.title || title },
        h(
          "div",
          {},
          h("p", {}, reason),
          ...services.map(({ key }) => h("p", {}, declared.find((each) => each.key === key)?.purpose)),
        ),
        h(
          "div",
          { class: "actions" },
          // This one display, on this page: nothing is stored, and nobody else is told.
          address !== undefined &&
            answer("load_once", () => {
              session.lent.add(frame);
              scan(frame);
              uncover();
            }),
          answer("load_always", () =>
            decide("save", "placeholder", Object.fromEntries(needed.map((each) => [each, true]))),
          ),
        ),
      );
      box.removeAttribute("id");
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
    },
    uncover,
  };
}
