// What the main bundle hands to the settings dialog, which is fetched only when it is opened.
import type { Category } from "./config.ts";
import type { Action, Wanted } from "./consent.ts";
import type { Words } from "./languages.ts";
import type { Snapshot } from "./snapshot.ts";
import type { button, h, outermost } from "./ui/dom.ts";
import type { AddStyles } from "./ui/styles.ts";

export interface SettingsHost {
  readonly h: typeof h;
  readonly button: typeof button;
  readonly outermost: typeof outermost;
  readonly addStyles: AddStyles;
  readonly words: Words;
  readonly categories: readonly Category[];
  readonly consent: () => Snapshot;
  readonly allows: (key: string) => boolean;
  readonly decide: (action: Action, wanted?: Wanted) => void;
  /** Public number of the newest record, once the server has told it. */
  readonly number: () => string | undefined;
  /** Whether a decision still waits to be sent. */
  readonly waiting: () => boolean;
}

/** Opens the dialog; the answer closes it. */
export type OpenSettings = (host: SettingsHost) => () => void;
