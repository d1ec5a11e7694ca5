// What the server appends to the script: the site's configuration.
import type { Config } from "./config.ts";

/** The published banner; in a tab in which staff preview a draft, the draft that this tab keeps (`draft/`). */
export let config = CONFIGURATION as Config;
try {
  // To ask the storage takes long. A tab with a draft has a name, others hardly ever have.
  if (name as unknown) config = JSON.parse(sessionStorage.samtykke as string) as Config;
} catch {
  // There is none, or nothing may be stored here.
}
