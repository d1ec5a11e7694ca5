// The extra file: what only few pages need. The server appends what the services store.
import type { MakePart } from "./part.ts";
import { createCleaner, type Traces } from "./cleaner.ts";
import { askAboutMe } from "./records.ts";
import { createRoom } from "./ui/room.ts";

const traces = DECLARATION as Traces;
const make: MakePart = (host) => ({ ...createCleaner(traces, host), ...createRoom(host), me: askAboutMe(host) });

PART = make;
