// What lies over a frame that may not load: says why, and lets the visitor load it.
import type { Host, Part } from "../part.ts";
import { named } from "../session.ts";

interface Cover {
  readonly box: HTMLElement;
  readonly end: () => void;
}

/** Keeps a box exactly above a frame, whatever the page does to the frame's size. */
function follow(box: HTMLElement, frame: Element): () => void {
  const { style } = box;
  const set = (name: string, pixels: number) => style.setProperty(name, pixels + "px", "important");
  const fit = () => {
    const from = box.getBoundingClientRect();
    const to = frame.getBoundingClientRect();
    set("margin-left", (parseFloat(style.marginLeft) || 0) + to.left - from.left);
    set("margin-top", (parseFloat(style.marginTop) || 0) + to.top - from.top);
    set("width", to.width);
    set("height", to.height);
  };
  const watch = new ResizeObserver(fit);
  watch.observe(frame);
  watch.observe(document.documentElement);
  return () => watch.disconnect();
}

export function createPlaceholders(host: Host): Pick<Part, "cover" | "uncover"> {
  const { config, words, session, decide, h, outermost } = host;
  const covers = new Map<Element, Cover>();
  /** The frame whose button was pressed: it gets the focus when it loads. */
  let asked: Element | undefined;
  const text = (key: string) => words.texts[key] ?? "";
  const name = (category: string) => words.categories[category] ?? category;

  return {
    cover(frame) {
      if (covers.has(frame) || !frame.isConnected || session.permits(frame)) return;
      const key = frame.getAttribute("data-consent-service");
      const service = config.services.find((each) => each.key === key);
      // Once a service is allowed by name, its own category is not needed for it.
      const others = named(frame).filter((category) => category !== service?.category);
      const needed = service ? [service.key, ...others] : others;
      const address = new URL(frame.dataset.consentSrc ?? "", location.href);
      const reason = text("placeholder")
        .replace("{service}", service?.name ?? (frame.title || address.host))
        .replace("{category}", [...new Set([...(service ? [service.category] : []), ...others])].map(name).join(", "));
      const load = h("button", { type: "button" }, text("load_always"));
      load.addEventListener("click", () => {
        asked = frame;
        decide("save", "placeholder", Object.fromEntries(needed.map((each) => [each, true])));
      });
      const box = h("div", { ...outermost(words, "", "placeholder"), role: "group" }, h("p", {}, reason), load);
      box.removeAttribute("id");
      // The empty frame keeps its place, so that nothing on the page moves.
      const { visibility } = frame.style;
      frame.style.visibility = "hidden";
      frame.before(box);
      const stop = follow(box, frame);
      covers.set(frame, {
        box,
        end() {
          stop();
          box.remove();
          frame.style.visibility = visibility;
        },
      });
    },
    uncover() {
      for (const [frame, { end }] of covers) {
        if (frame.isConnected && !session.permits(frame)) continue;
        end();
        covers.delete(frame);
        if (frame === asked) (frame as HTMLElement).focus();
      }
    },
  };
}
