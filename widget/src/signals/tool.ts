// What the tools on a page are informed of, in the terms that Google chose and the others adopted.

import type { Signals } from "../config.ts";

export type Type = keyof Signals["mapping"];

/** `security_storage` is there too: it needs no consent. */
export type State = Readonly<Record<Type, "granted" | "denied">>;

/**
 * Informs a tool at once that everything is denied and then, when the visitor has decided before, what is allowed.
 * What it returns informs the tool of each later decision.
 */
export type Tool = (denied: State, known?: State) => (state: State) => void;

/** How Google Consent Mode is set up, in Google's own terms. */
export type Google = NonNullable<Signals["google"]>;

/** Where each tool's own script finds the commands from before it loaded. */
export interface Queues {
  dataLayer?: unknown[];
  gtag?: (...command: unknown[]) => void;
  google_tag_manager?: unknown;
  uetq?: unknown[];
  clarity?: ((...command: unknown[]) => void) & { q?: unknown[] };
  _paq?: unknown[];
}

/** The page's globals. Each is looked up when it is used: tools replace their queues when they load. */
export const page = globalThis as Queues;
