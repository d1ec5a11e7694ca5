// What only some sites need at once: the server appends it to the script as further functions.
import type { Config } from "./config.ts";
import type { Emitter } from "./emitter.ts";
import type { Translation } from "./config.ts";
import type { Session } from "./session.ts";
import type { afterPaint } from "./ui/dom.ts";
import type { Building, Part } from "./part.ts";
import type { post } from "./post.ts";
import type { Stage } from "./ui/stage.ts";

/** What the main bundle hands to a fragment, before it does anything itself: by place, as names cost every page bytes. */
export type Page = readonly [
  session: Session,
  on: Emitter["_on"],
  afterPaint: typeof afterPaint,
  post: typeof post,
  /** Fetches the settings, unless they have been. */
  loadSettings: () => Promise<Part>,
  /** Whether the browser objects for its user. */
  objects: () => boolean,
  config: Config,
  /** The texts in this visitor's language. */
  loadTexts: () => Promise<Translation>,
  /** Inserts an element of ours into the page. */
  mount: Stage["_mount"],
  building: Building,
];

export type Fragment = (...page: Page) => void;
