// Keeps our elements on the page, wherever the page's body goes.

export interface Stage {
  /** Puts an element first in the body, or last; as soon as there is one. */
  put(element: HTMLElement, last?: boolean): void;
  take(element: HTMLElement): void;
  /** Puts back what is missing: called when the document changes. */
  mend(): void;
}

/** A page that removes us again and again wins in the end. */
const MOST_RETURNS = 50;

/** Shows an element above everything else, without taking the focus or blocking the page. */
function raise(element: HTMLElement): void {
  if (element.isConnected && element.popover) element.showPopover();
}

export function createStage(): Stage {
  const wanted = new Map<HTMLElement, boolean>();
  let left = MOST_RETURNS;
  const mend = () => {
    // A body that was kept as a copy and restored brings dead copies of ours.
    for (const twin of document.querySelectorAll<HTMLElement>("#samtykke,#samtykke-open")) {
      if (!wanted.has(twin)) twin.remove();
    }
    const { body } = document;
    if (!body) return;
    for (const [element, last] of wanted) {
      if (element.isConnected || left-- < 1) continue;
      if (last) body.append(element);
      else body.prepend(element);
      raise(element);
    }
  };
  return {
    put(element, last = false) {
      if ("popover" in element) element.popover = "manual";
      wanted.set(element, last);
      mend();
    },
    take(element) {
      wanted.delete(element);
      element.remove();
    },
    mend,
  };
}
