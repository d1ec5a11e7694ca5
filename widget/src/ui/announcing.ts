// What happens once the settings have closed: the focus goes back, and what was done is announced.
import { h, host, text } from "./context.ts";

/** How long the sentence about the saved choice stays, in milliseconds. */
const READING_TIME = 6000;

/**
 * Gives the focus to what opens the settings again, where it was on the banner, which has gone. The small button comes
 * a moment later; where there is neither it nor a link, the focus stays with the page.
 */
const giveFocusBack = (tries = 20) => {
  if (document.activeElement !== document.body) return;
  // The link may stand at the end of the page, where the visitor is not.
  document.querySelector<HTMLElement>("[data-consent-open]")?.focus({ preventScroll: true });
  if (tries) setTimeout(giveFocusBack, 50, tries - 1);
};

/** Announces what was done, in a live region that is there before its text is. */
export const announce = (what: string) => {
  const toast = h("div", { ...host._outermost(host._translation, "samtykke-status"), role: "status" });
  document.body.append(toast);
  giveFocusBack();
  setTimeout(() => toast.append(text(what)), 100);
  setTimeout(() => toast.remove(), READING_TIME);
};
