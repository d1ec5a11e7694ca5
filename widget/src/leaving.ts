// Whether the page is being left, and so will not hear what it asks for any more.

export let leaving = false;

/** Follows the page out, and back from the browser's cache. */
export const watchLeaving = (): void => {
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
};
