// Whether the page is being left, and so gets no answers any more.

export let leaving = false;

/** Follows the page out; `back` is called when it comes back from the browser's cache. */
export const watchLeaving = (back: () => void): void => {
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", ({ persisted }) => {
    leaving = false;
    if (persisted) back();
  });
};
