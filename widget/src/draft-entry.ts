// The file that shows a draft on the page's own website: fetched for staff who ask for it by a link of the studio, never
// for a visitor. One for every site.
import { makeDraft } from "./draft/part.ts";

PART = makeDraft;
