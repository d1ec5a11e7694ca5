// `window.samtykke`: the one global, described for its users in samtykke.d.ts.
import type { Samtykke, SamtykkeRecords } from "../samtykke.d.ts";
import type { Action, Requested } from "./consent.ts";
import type { Part } from "./part.ts";
import type { Session } from "./session.ts";
import type { Source } from "./snapshot.ts";

/** What the rest of the widget does for the page's own code just as for itself. */
export type Surface = Pick<Samtykke, "on" | "show" | "settings" | "hide">;

export function createApi(
  session: Session,
  decide: (action: Action, source: Source, requested?: Requested) => void,
  extra: () => Promise<Part>,
  surface: Surface,
): Samtykke {
  const by = (action: Action) => decide.bind(0, action, "api");
  const me = async (path: string, method = "GET") => (await extra())._me(path, method);
  return {
    get consent() {
      return session._view() as Samtykke["consent"];
    },
    allows: session._allowed,
    acceptAll: by("accept_all"),
    rejectAll: by("reject_all"),
    save: by("save"),
    withdraw: by("withdraw"),
    ...surface,
    me: {
      get id() {
        return session._decision()?.visitor ?? null;
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
