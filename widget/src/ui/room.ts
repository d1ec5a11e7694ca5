// Room for the page beside the banner: what gets the keyboard's focus is scrolled out from under it.
import type { Host, Part } from "../part.ts";

export function createRoom({ _addStyles: addStyles }: Host): Pick<Part, "_room"> {
  const known = new WeakSet<Element>();
  return {
    _room(banner) {
      if (known.has(banner)) return;
      known.add(banner);
      const sheet = addStyles("");
      new ResizeObserver(() => {
        const { top, bottom, height } = banner.getBoundingClientRect();
        const above = top < innerHeight - bottom;
        const side = above ? "top" : "bottom";
        const room = (above ? bottom : innerHeight - top) + "px";
        // Without a height it has gone. Where sheets cannot be constructed, there is no room to be made.
        // The page's own end at that side must be free to come out as well.
        sheet.replaceSync?.(
          height
            ? `:root{scroll-padding-${side}:${room}!important}` +
                `:root::${above ? "before" : "after"}{content:"";display:block;height:${room}}`
            : "",
        );
        const focused = document.activeElement;
        if (focused !== document.body && !focused?.closest(".samtykke")) focused?.scrollIntoView({ block: "nearest" });
      }).observe(banner);
    },
  };
}
