// `window.samtykke`: the one global, described for its users in samtykke.d.ts.
import type { Samtykke, SamtykkeRecords } from "../samtykke.d.ts";
import type { Action, Wanted } from "./consent.ts";
import type { Emitter } from "./emitter.ts";
import type { Part } from "./part.ts";
import type { Session } from "./session.ts";
import type { Source } from "./snapshot.ts";

/** What the rest of the widget does for the page's own code. */
export interface Inside {
  readonly session: Session;
  readonly on: Emitter["on"];
  readonly decide: (action: Action, source: Source, wanted?: Wanted) => void;
  readonly show: () => unknown;
  readonly settings: () => unknown;
  readonly hide: () => void;
  readonly extra: () => Promise<Part>;
}

export function createApi({ session, on, decide, show, settings, hide, extra }: Inside): Samtykke {
  const me = async (path: string, method = "GET") => (await extra()).me(path, method);
  return {
    get consent() {
      return session.view() as Samtykke["consent"];
    },
    allows: session.allowed,
    acceptAll: decide.bind(0, "accept_all", "api"),
    rejectAll: decide.bind(0, "reject_all", "api"),
    save: decide.bind(0, "save", "api"),
    withdraw: decide.bind(0, "withdraw", "api"),
    show,
    settings,
    hide,
    on: on as Samtykke["on"],
    me: {
      get id() {
        return session.decision()?.visitor ?? null;
      },
      records() {
        return me("") as Promise<SamtykkeRecords>;
      },
      receipt(id) {
        return me("/receipts/" + id) as Promise<Record<string, unknown>>;
      },
      erase: me.bind(0, "", "DELETE") as () => Promise<void>,
    },
  };
}
