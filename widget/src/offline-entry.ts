// The first script of a page that shows a banner without its server. The server appends what the banner may fetch.
import { choosing, fetchFrom, type Shown } from "./offline.ts";

const { files, variant } = FILES as Shown;
window.fetch = fetchFrom(files, window.fetch, location.href);
if (variant !== undefined) crypto.getRandomValues = choosing(variant, crypto.getRandomValues.bind(crypto));
