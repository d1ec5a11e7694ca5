// What is fetched only when it is needed: the settings dialog and placeholders, and what only few pages need.
import type { Config, SettingsChunk } from "./config.ts";
import type { Action, Requested } from "./consent.ts";
import type { Translation } from "./config.ts";
import type { StoredQueue } from "./queue.ts";
import type { Session } from "./session.ts";
import type { Source } from "./snapshot.ts";
import type { answers, button, h, outermost } from "./ui/dom.ts";
import type { addStyles } from "./ui/styles.ts";

/** How elements of ours are made. */
export interface Building {
  readonly _answers: typeof answers;
  readonly _h: typeof h;
  readonly _button: typeof button;
  readonly _outermost: typeof outermost;
  readonly _addStyles: typeof addStyles;
}

/** What the main bundle hands to a part. */
export interface Host extends Building {
  readonly _config: Config;
  readonly _translation: Translation;
  readonly _session: Session;
  /** The decisions that wait, and the number of the newest record. */
  readonly _storedQueue: () => StoredQueue;
  /** Checks again whether elements may load. */
  readonly _scan: (root: ParentNode) => void;
  /** Brings the page in line with the decision. */
  readonly _apply: () => void;
  /** The parts, with what only few pages need among them. */
  readonly _extra: () => Promise<Part>;
  readonly _decide: (action: Action, source: Source, requested?: Requested) => void;
}

/** What the parts can do: the settings' file the first half, the extra file the second. */
export interface Part {
  _settings(): void;
  /** Closes the settings. */
  _close(): void;
  /** Puts a placeholder over a frame that may not load. */
  _cover(frame: HTMLElement): void;
  /** Takes the placeholders off the frames that may load now. */
  _uncover(): void;
  /** Removes what the services that are not allowed have stored in this browser. */
  _purge(): void;
  /** Names the service that a frame's address belongs to, where the page names no more than its category. */
  _identify(frame: HTMLElement): void;
  /** A sentence on what was added since the visitor's decision, and what the site says of it. */
  _scopeChanges(): string | Node;
  /** Scrolls the page so that a banner does not cover its keyboard focus. */
  _room(banner: HTMLElement): void;
  /** Does what the page asks for by its address or its markup, once for each. */
  _special(): Promise<void>;
  /** Asks the server about this browser's own records. */
  _me(path: string, method: string): Promise<unknown>;
  /** Removes this browser's decision from this browser, and what the page's queue holds. */
  _forget(): void;
  /** Gives the visitor all of those records as a file. */
  _download(): Promise<void>;
  /** The end of the settings: who is responsible, and the visitor's rights; `erased` is called when nothing is left. */
  _about(text: (key: string) => string, facts: SettingsChunk["controller"], erased: () => void): Promise<Node>;
}

export type MakePart = (host: Host) => Partial<Part>;
