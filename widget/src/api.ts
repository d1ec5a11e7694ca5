// `window.samtykke`: the one global, described for its users in samtykke.d.ts.
import type { Samtykke } from "../samtykke.d.ts";
import type { Config } from "./config.ts";
import type { Action, Wanted } from "./consent.ts";
import type { Emitter } from "./emitter.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the rest of the widget does for the page's own code. */
export interface Inside {
  readonly config: Config;
  readonly events: Emitter;
  readonly consent: () => Snapshot;
  readonly allows: (key: string) => boolean;
  readonly decide: (action: Action, wanted?: Wanted) => void;
  readonly show: () => void;
  readonly settings: () => void;
  readonly hide: () => void;
  readonly visitor: () => string | null;
  readonly forget: () => void;
}

export function createApi(inside: Inside): Samtykke {
  const { config, decide } = inside;

  /** Asks the server about this browser's own records; rejects when it does not answer well. */
  const ask = async (path: string, method: string): Promise<unknown> => {
    const answer = await fetch(`${config.origin}/api/v1/sites/${config.site}/me${path}`, {
      method,
      credentials: "omit",
      headers: { Authorization: "Bearer " + inside.visitor() },
    });
    if (!answer.ok) throw new Error("samtykke: " + answer.status);
    return answer.status === 204 ? undefined : answer.json();
  };

  return Object.freeze({
    get consent() {
      return inside.consent() as Samtykke["consent"];
    },
    allows: inside.allows,
    acceptAll: () => decide("accept_all"),
    rejectAll: () => decide("reject_all"),
    save: (choices: Wanted) => decide("save", choices),
    withdraw: () => decide("withdraw"),
    show: inside.show,
    settings: inside.settings,
    hide: inside.hide,
    on: inside.events.on as Samtykke["on"],
    me: Object.freeze({
      get id() {
        return inside.visitor();
      },
      records: () => ask("", "GET"),
      receipt: (id: string) => ask("/receipts/" + encodeURIComponent(id), "GET"),
      erase: async () => {
        await ask("", "DELETE");
        inside.forget();
      },
    }),
  });
}
