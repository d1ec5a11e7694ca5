// The first script of a page that shows a banner without its server. The server appends what the banner may fetch.
import { fetchFrom, type Files } from "./offline.ts";

window.fetch = fetchFrom(FILES as Files, window.fetch, location.href);
