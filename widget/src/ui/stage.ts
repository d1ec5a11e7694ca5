// Keeps our elements on the page, wherever the page's body goes.

export interface Stage {
  /** Puts an element first in the body, as soon as there is one. */
  readonly _put: (element: HTMLElement) => void;
  readonly _take: (element: HTMLElement) => void;
  /** Puts back what is missing: called when the document changes. */
  readonly _mend: () => void;
}

/** A page that removes us again and again wins in the end. */
const MOST_RETURNS = 50;

export function createStage(): Stage {
  const wanted = new Set<HTMLElement>();
  let returns = 0;
  const mend = () => {
    // A body that was kept as a copy and is restored brings dead copies of ours.
    for (const twin of document.querySelectorAll<HTMLElement>(".samtykke[popover]")) {
      if (!wanted.has(twin)) twin.remove();
    }
    for (const element of wanted) {
      if (document.body && !element.isConnected && ++returns < MOST_RETURNS) {
        document.body.prepend(element);
        // Above everything else, without taking the focus or blocking the page.
        element.showPopover?.();
      }
    }
  };
  return {
    _put: (element) => {
      element.popover = "manual";
      wanted.add(element);
      mend();
    },
    _take: (element) => {
      wanted.delete(element);
      element.remove();
    },
    _mend: mend,
  };
}
