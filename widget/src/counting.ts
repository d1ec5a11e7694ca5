// Tells the server what happens to the banner: messages without identifiers, each on its own, of which nothing is kept
// in the browser. They go two frames after what the visitor sees, and whether they arrive changes nothing.
import type { Page } from "./fragment.ts";
import type { Session } from "./session.ts";

export function count({
  _config: { origin, site, version },
  _session: session,
  _on: on,
  _loadTexts: loadTexts,
  _afterPaint: afterPaint,
}: Page): void {
  /** When the banner was seen first, in milliseconds since 1970; 0 where it was not. */
  let since = 0;
  const send = (event: string | false | undefined) => {
    const seconds = (Date.now() - since) / 1000;
    const after = since && (seconds < 3 ? "0-3s" : seconds < 10 ? "3-10s" : seconds < 30 ? "10-30s" : "30s+");
    const post = () =>
      loadTexts()
        .then(({ language }) =>
          fetch(`${origin}/api/v1/sites/${site}/events`, {
            method: "POST",
            keepalive: true,
            credentials: "omit",
            body: JSON.stringify({ event, version, language, after: after || undefined }),
          }),
        )
        .catch(() => {});
    // A decision takes effect after the first of these paints.
    if (event) afterPaint(() => afterPaint(post));
  };

  on("show", () => {
    // A page that is not looked at has no frames, and one that has just begun no body for the banner.
    const look = () => {
      const status = document.querySelector("#samtykke [role=status]");
      if (!document.body) requestAnimationFrame(look);
      if (!status) return;
      // Where the settings cannot be fetched, the banner says so.
      new MutationObserver(() => send("failed")).observe(status, { childList: true });
      // Once on a page, and only where it asks.
      if (since || !session._ask()) return;
      send("shown");
      send(session._view().source === "signal" && "signal");
      since = Date.now();
    };
    requestAnimationFrame(look);
  });
  on("hide", () => send(session._ask() && "closed"));
  document.addEventListener("click", (event) => {
    const opens = "[data-consent-open],[data-samtykke-action=settings]";
    send(event.composedPath().some((node) => (node as Partial<Element>).matches?.(opens)) && "settings_opened");
  });

  const { _choose: choose } = session;
  (session as { _choose: Session["_choose"] })._choose = (action, source, requested) => {
    const choice = choose(action, source, requested);
    send(source === "placeholder" ? source : action === "withdraw" ? "withdrawn" : action);
    return choice;
  };
}
