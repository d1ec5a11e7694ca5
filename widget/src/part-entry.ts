// What the part's file does: the server appends the texts and declarations of one language.
import { makePart, type Declaration } from "./ui/part.ts";

PART = makePart(DECLARATION as Declaration);
