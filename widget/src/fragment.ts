// What only some sites need at once: the server appends it to the script as further functions.
import type { Config } from "./config.ts";
import type { Emitter } from "./emitter.ts";
import type { Session } from "./session.ts";

/** What the main bundle hands to a fragment, before it does anything itself. */
export interface Page {
  readonly config: Config;
  readonly session: Session;
  readonly on: Emitter["on"];
}

export type Fragment = (page: Page) => void;
