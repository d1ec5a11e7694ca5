// What the part's file does: the server appends the texts and declarations of one language.
import type { SettingsChunk } from "./config.ts";
import { makePart } from "./ui/part.ts";

PART = makePart(DECLARATION as SettingsChunk);
