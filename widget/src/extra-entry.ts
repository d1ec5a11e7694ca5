// The extra file: the server appends what the services store.
import type { ExtraChunk } from "./config.ts";
import { makeExtra } from "./extra.ts";

PART = makeExtra(DECLARATION as ExtraChunk);
