// What waits until a pressed pointer is let go. A button that is replaced, or moves, while it is pressed is not clicked.

let over = Promise.resolve();
let end = null;

/** Ends once no pointer is pressed, and what it pressed has been clicked. */
export const released = () => over;

function letGo({ buttons }) {
  if (!end || buttons) return;
  // The click comes after this event.
  setTimeout(end);
  end = null;
}

export function startPressing() {
  addEventListener(
    "pointerdown",
    ({ button, isPrimary }) => {
      if (button || !isPrimary || end) return;
      over = new Promise((done) => (end = done));
    },
    true,
  );
  // What is let go outside of the window is known when the pointer comes back, or with the window's loss of the focus.
  for (const kind of ["pointerup", "pointercancel", "pointermove"]) addEventListener(kind, letGo, true);
  addEventListener("blur", letGo);
}
