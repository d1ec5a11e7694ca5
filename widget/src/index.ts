// The only module whose import does something.
import { start } from "./widget.ts";

try {
  // An element with our id is also a property of window, so its presence alone says nothing.
  if (window.samtykke?.allows) console.warn("samtykke: loaded twice");
  else start(FRAGMENTS);
} catch (error) {
  // A guest does not break the house: no banner, no consent, and the page goes on.
  console.warn(error);
}
