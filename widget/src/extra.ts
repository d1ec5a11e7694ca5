// What only few pages need, made of what the services store.
import type { Asked } from "./asked.ts";
import { createCleaner } from "./cleaner.ts";
import type { ExtraChunk } from "./config.ts";
import { createOwner } from "./owner.ts";
import type { Host, MakePart, Part } from "./part.ts";
import { createRecords } from "./records.ts";
import { createRoom } from "./ui/room.ts";
import { createScopeChanges } from "./ui/scope_changes.ts";

/** What the server has stored about this browser. */
type MakeRecords = (host: Host) => Pick<Part, "_me" | "_download" | "_forget">;

export const makeExtra =
  ({ traces, hosts, reasons, debug, asked }: ExtraChunk, makeRecords: MakeRecords = createRecords): MakePart =>
  (host) => {
    const records = makeRecords(host);
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
