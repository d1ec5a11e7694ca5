// Makes sure that our elements stay on the page, whatever it does with its body.

export interface Stage {
  /** Inserts an element first in the body, as soon as there is one. */
  readonly _mount: (element: HTMLElement) => void;
  readonly _unmount: (element: HTMLElement) => void;
  /** Inserts again what is missing: called when the document changes. */
  readonly _repair: () => void;
}

/** A page that removes us again and again wins in the end. */
const MOST_RETURNS = 50;

export function createStage(): Stage {
  const mounted = new Set<HTMLElement>();
  let returns = 0;
  const repair = () => {
    // A body that was stored as a copy and is restored has dead copies of ours.
    for (const twin of document.querySelectorAll<HTMLElement>(".samtykke[popover]")) {
      if (!mounted.has(twin)) twin.remove();
    }
    for (const element of mounted) {
      if (document.body && !element.isConnected && ++returns < MOST_RETURNS) {
        document.body.prepend(element);
        // Above everything else, without taking the focus or blocking the page.
        element.showPopover?.();
      }
    }
  };
  return {
    _mount: (element) => {
      element.popover = "manual";
      mounted.add(element);
      repair();
    },
    _unmount: (element) => {
      mounted.delete(element);
      element.remove();
    },
    _repair: repair,
  };
}
