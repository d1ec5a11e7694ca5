// The first script of a page that shows a banner without its server. The server appends what the banner may fetch.
import { fetchFrom, type Kept } from "./offline.ts";

window.fetch = fetchFrom(KEPT as Kept, window.fetch, location.href);
