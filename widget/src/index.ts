// The only module whose import does something.
import { parseConfig } from "./config.ts";
import { start } from "./widget.ts";

try {
  const config = parseConfig(CONFIGURATION);
  // An element with our id is also a property of window, so its presence alone says nothing.
  if (window.samtykke?.allows) console.warn("samtykke: the script is on this page twice");
  else if (config) start(config);
} catch (error) {
  // A guest does not break the house: no banner, no consent, and the page goes on.
  console.warn(error);
}
