// What stands in for a frame that may not load: says why, and lets the visitor load it.
import type { Words } from "../languages.ts";
import { h, outermost } from "./dom.ts";

export interface Reason {
  /** Name of the service, or what else is known of the frame. */
  readonly service: string;
  /** Names of the categories. */
  readonly category: string;
  readonly allow: () => void;
}

export interface Placeholders {
  /** Covers a frame. */
  cover(frame: HTMLIFrameElement, words: Words, reason: Reason): void;
  /** Uncovers the frames that may load now. */
  uncover(permits: (frame: Element) => boolean): void;
}

export function createPlaceholders(): Placeholders {
  const covers = new Map<HTMLIFrameElement, { readonly box: HTMLElement; readonly end: () => void }>();
  /** The frame that the visitor asked for: it gets the focus that the removed button had. */
  let asked: HTMLIFrameElement | undefined;

  return {
    cover(frame, words, { service, category, allow }) {
      if (covers.has(frame)) return;
      const text = (key: string) =>
        (words.texts[key] ?? "").replace("{service}", service).replace("{category}", category);
      const load = h("button", { type: "button" }, text("load_always"));
      const box = h("div", outermost("", words, "placeholder"), h("p", {}, text("placeholder")), load);
      load.addEventListener("click", () => {
        asked = frame;
        allow();
      });
      // The empty frame keeps its place, so nothing moves; the box lies exactly above it.
      const fit = () => {
        const [from, to] = [box.getBoundingClientRect(), frame.getBoundingClientRect()];
        const { style } = box;
        const shift = (side: "left" | "top") =>
          style.setProperty("margin-" + side, (parseFloat(style.getPropertyValue("margin-" + side)) || 0) + to[side] - from[side] + "px", "important");
        shift("left");
        shift("top");
        style.setProperty("width", to.width + "px", "important");
        style.setProperty("height", to.height + "px", "important");
      };
      const { visibility } = frame.style;
      frame.style.visibility = "hidden";
      frame.before(box);
      const watch = new ResizeObserver(fit);
      watch.observe(frame);
      watch.observe(document.documentElement);
      covers.set(frame, {
        box,
        end() {
          watch.disconnect();
          box.remove();
          frame.style.visibility = visibility;
        },
      });
    },
    uncover(permits) {
      for (const [frame, { end }] of covers) {
        if (frame.isConnected && !permits(frame)) continue;
        end();
        covers.delete(frame);
        if (frame === asked) frame.focus();
      }
    },
  };
}
