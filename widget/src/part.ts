// What is fetched only when it is needed: the settings dialog and placeholders, and what only few pages need.
import type { Config } from "./config.ts";
import type { Action, Wanted } from "./consent.ts";
import type { Words } from "./languages.ts";
import type { Kept } from "./queue.ts";
import type { Session } from "./session.ts";
import type { Source } from "./snapshot.ts";
import type { answers, button, h, outermost } from "./ui/dom.ts";
import type { addStyles } from "./ui/styles.ts";

/** How elements of ours are made. */
export interface Building {
  readonly answers: typeof answers;
  readonly h: typeof h;
  readonly button: typeof button;
  readonly outermost: typeof outermost;
  readonly addStyles: typeof addStyles;
}

/** What the main bundle hands to a part. */
export interface Host extends Building {
  readonly config: Config;
  readonly words: Words;
  readonly session: Session;
  /** The decisions that wait, and the number of the newest record. */
  readonly kept: () => Kept;
  /** Looks at elements anew, whether they may load. */
  readonly scan: (root: ParentNode) => void;
  /** Brings the page in line with the decision. */
  readonly apply: () => void;
  /** The parts, with what only few pages need among them. */
  readonly extra: () => Promise<Part>;
  readonly decide: (action: Action, source: Source, wanted?: Wanted) => void;
}

/** What the parts can do: the settings' file the first half, the extra file the second. */
export interface Part {
  settings(): void;
  /** Closes the settings. */
  close(): void;
  /** Puts a placeholder over a frame that may not load. */
  cover(frame: HTMLElement): void;
  /** Takes the placeholders off the frames that may load now. */
  uncover(): void;
  /** Removes what the services that are not allowed have stored in this browser. */
  purge(): void;
  /** Names the service that a frame's address belongs to, where the page names no more than its category. */
  identify(frame: HTMLElement): void;
  /** Says what came since the visitor's decision. */
  grown(): string;
  /** Keeps the page's keyboard focus out from under a banner. */
  room(banner: HTMLElement): void;
  /** Shows the web developer's panel. */
  debug(): void;
  /** Asks the server about this browser's own records. */
  me(path: string, method: string): Promise<unknown>;
  /** Gives the visitor all of those records as a file. */
  download(): Promise<void>;
  /** Buttons for both; `erased` is called when nothing is left. */
  rights(text: (key: string) => string, erased: () => void): HTMLElement;
}

export type MakePart = (host: Host) => Partial<Part>;
