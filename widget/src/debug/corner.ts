// Which corner of the window the panel stands in: its button goes round, and a drag puts it in the nearest.

/** In the order in which the button goes round. */
const CORNERS: readonly (readonly [side: string, edge: string])[] = [
  ["top", "right"],
  ["bottom", "right"],
  ["bottom", "left"],
  ["top", "left"],
];

/** How far the pointer must go before a press becomes a drag, in pixels. */
const SLACK = 6;

export interface Corner {
  /** Moves to the next one, and returns its name. */
  _round(): string;
  /** Lets `handle` be dragged, but for the buttons in it. */
  _follow(handle: HTMLElement): void;
}

/** Puts `host` into the first corner, by the custom properties of its own style. */
export function createCorner(host: HTMLElement): Corner {
  let corner = 0;
  const stand = () => {
    const [side, edge] = CORNERS[corner] as readonly [string, string];
    for (const name of ["top", "right", "bottom", "left"]) {
      host.style.setProperty("--" + name, name === side || name === edge ? "8px" : "auto");
    }
  };
  const slide = (way: string) => host.style.setProperty("--drag", way);
  const drag = (handle: HTMLElement, event: PointerEvent) => {
    if (event.button || (event.target as Element).closest("button")) return;
    let moved = false;
    const go = ({ clientX, clientY }: PointerEvent) => {
      const [x, y] = [clientX - event.clientX, clientY - event.clientY];
      moved ||= Math.hypot(x, y) > SLACK;
      if (moved) slide(`${x}px ${y}px`);
    };
    const end = () => {
      handle.removeEventListener("pointermove", go);
      const { left, top, width, height } = host.getBoundingClientRect();
      slide("none");
      if (!moved) return;
      const side = top + height / 2 > innerHeight / 2 ? "bottom" : "top";
      const edge = left + width / 2 > innerWidth / 2 ? "right" : "left";
      corner = CORNERS.findIndex(([one, other]) => one === side && other === edge);
      stand();
    };
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", go);
    handle.addEventListener("lostpointercapture", end, { once: true });
  };
  stand();
  return {
    _round() {
      corner = (corner + 1) % CORNERS.length;
      stand();
      return (CORNERS[corner] as readonly string[]).join(" ");
    },
    _follow: (handle) => handle.addEventListener("pointerdown", (event) => drag(handle, event)),
  };
}
