// What only some sites need at once: the server appends it to the script as further functions.
import type { Config } from "./config.ts";
import type { Emitter } from "./emitter.ts";
import type { Translation } from "./config.ts";
import type { Session } from "./session.ts";
import type { afterPaint } from "./ui/dom.ts";
import type { Building } from "./part.ts";
import type { Stage } from "./ui/stage.ts";

/** What the main bundle hands to a fragment, before it does anything itself. */
export interface Page extends Building {
  readonly _config: Config;
  readonly _session: Session;
  readonly _on: Emitter["_on"];
  /** Inserts an element of ours into the page. */
  readonly _mount: Stage["_mount"];
  /** The texts in this visitor's language. */
  readonly _loadTexts: () => Promise<Translation>;
  readonly _afterPaint: typeof afterPaint;
}

export type Fragment = (page: Page) => void;
