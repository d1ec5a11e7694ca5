// The extra file: what only few pages need. The server appends what the services store.
import type { MakeDebug } from "./debug/entry.ts";
import type { MakePart } from "./part.ts";
import type { ExtraChunk } from "./config.ts";
import { createCleaner } from "./cleaner.ts";
import { createRecords } from "./records.ts";
import { createOwner } from "./owner.ts";
import { createScopeChanges } from "./ui/scope_changes.ts";
import { createRights } from "./ui/rights.ts";
import { createRoom } from "./ui/room.ts";

const { traces, hosts, debug, reasons } = DECLARATION as ExtraChunk;
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
