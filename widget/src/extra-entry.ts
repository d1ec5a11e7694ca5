// The extra file: what only few pages need. The server appends what the services store.
import type { MakeDebug } from "./debug/entry.ts";
import type { MakePart } from "./part.ts";
import type { Owner } from "./blocking/hosts.ts";
import { createCleaner, type Traces } from "./cleaner.ts";
import { createRecords } from "./records.ts";
import { createOwner } from "./owner.ts";
import { createScopeChanges, type Reason } from "./ui/scope_changes.ts";
import { createRights } from "./ui/rights.ts";
import { createRoom } from "./ui/room.ts";

/** What the server appends. */
interface Extra {
  readonly traces: Traces;
  readonly hosts: readonly Owner[];
  /** Why a visitor is asked again, by language. */
  readonly reasons: Readonly<Record<string, Reason>>;
  /** Paths of the debug file and of what it holds a page against. */
  readonly debug: readonly [file: string, declaration: string];
}

const { traces, hosts, debug, reasons } = DECLARATION as Extra;
const make: MakePart = (host) => {
  const records = createRecords(host);
  return {
    ...createCleaner(traces, host),
    ...createScopeChanges(reasons, host),
    ...createRoom(host),
    ...records,
    ...createRights(host, records),
    ...createOwner(hosts, host),
    async _debug() {
      const [file, declaration] = debug.map((path) => host._config.origin + path) as [string, string];
      const { default: show } = (await import(file)) as { default: MakeDebug };
      show(await (await fetch(declaration, { credentials: "omit" })).json(), host);
    },
  };
};

PART = make;
