// Tells the server what happens to the banner: messages without identifiers, each on its own, of which nothing is kept
// in the browser. They go two frames after what the visitor sees, and whether they arrive changes nothing.
import type { Fragment } from "./fragment.ts";
import type { Session } from "./session.ts";

export const count: Fragment = (session, on, afterPaint, post, loadSettings, objects) => {
  /** When the banner was seen first, in seconds since 1970. */
  let since: number;
  // The time since then is of the class whose least number of seconds it has, or of none where no banner was seen.
  const send = (
    event: string,
    after = ["30s+", "10-30s", "3-10s", "0-3s"].find((name) => Date.now() / 1000 - since >= parseInt(name)),
  ) =>
    // A decision takes effect after the first of these paints.
    afterPaint(() => afterPaint(() => post("events", { event, after }).catch(() => {})));

  on("show", function look() {
    // A page that is not looked at has no frames, and one that has just begun no body for the banner.
    requestAnimationFrame(() => {
      if (document.querySelector("#samtykke")) {
        // Once on a page, and only where it asks.
        if (!since && session._ask()) {
          send("shown");
          if (objects()) send("signal");
          since = Date.now() / 1000;
        }
      } else if (!document.body) look();
    });
  });
  on("hide", () => session._ask() && send("closed"));
  document.addEventListener("click", (event) => {
    const opens = "[data-consent-open],[data-samtykke-action=settings]";
    if (!event.composedPath().some((node) => (node as Partial<Element>).matches?.(opens))) return;
    // By then the texts have loaded, and with them the language is known.
    loadSettings()
      .catch(() => send("failed"))
      .then(() => send("settings_opened"));
  });

  const choose = session._choose;
  (session as { _choose: Session["_choose"] })._choose = (action, source, requested) => {
    const choice = choose(action, source, requested);
    send(action === "withdraw" ? "withdrawn" : source === "placeholder" ? source : action);
    return choice;
  };
};
