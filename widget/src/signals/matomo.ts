// Matomo: https://developer.matomo.org/guides/tracking-consent
import { page, type State, type Tool } from "./tool.ts";

interface Tracker {
  requireConsent(): void;
}

/** Nothing is sent or stored without consent, and Matomo remembers nothing: each page informs it again. */
export const matomo: Tool = (_denied, known) => {
  let given = false;
  const push = (command: unknown) => {
    (page["_paq"] ??= []).push([command]);
  };
  const update = ({ analytics_storage }: State) => {
    const gives = analytics_storage === "granted";
    if (gives && !given) push("setConsentGiven");
    // `forgetConsentGiven` would keep a cookie for thirty years; a function is not moved to the front of the queue.
    if (given && !gives) {
      push(function (this: Tracker) {
        this.requireConsent();
      });
    }
    given = gives;
  };
  push("requireConsent");
  if (known) update(known);
  return update;
};
