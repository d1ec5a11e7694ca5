// The extra file: what only few pages need. The server appends what the services store.
import type { MakePart } from "./part.ts";
import type { ExtraChunk } from "./config.ts";
import { createCleaner } from "./cleaner.ts";
import type { Asked } from "./asked.ts";
import { createRecords } from "./records.ts";
import { createOwner } from "./owner.ts";
import { createScopeChanges } from "./ui/scope_changes.ts";
import { createRoom } from "./ui/room.ts";

const { traces, hosts, reasons, debug, asked } = DECLARATION as ExtraChunk;
const make: MakePart = (host) => {
  const records = createRecords(host);
  const ask = async () => ((await import(host._config.origin + asked)) as { default: Asked }).default;
  return {
    ...createCleaner(traces, host),
    ...createScopeChanges(reasons, host),
    ...createRoom(host),
    ...records,
    ...createOwner(hosts, host),
    async _special() {
      (await ask())._serve(debug, host, records._forget);
    },
    async _about(...given) {
      return (await ask())._about(...given, host, records);
    },
  };
};

PART = make;
