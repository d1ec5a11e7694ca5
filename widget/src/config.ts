// What the server appends to the bundle: the published banner, as far as a first-time visitor needs it.
// The server has checked all of it before. What were odd all the same could only deny, never allow.
import type { Owner } from "./blocking/hosts.ts";
import type { Signals } from "./signals/tool.ts";

/** An optional purpose that the visitor may allow. */
export interface Category {
  readonly key: string;
  /** Its bit in the cookie; never reused for another category. */
  readonly slot: number;
  /** Version of the banner in which its scope last grew. */
  readonly since: number;
  /** Version in which visitors were first asked about it, when that was not the first one. */
  readonly added?: number;
}

/** A service that the visitor may allow apart from its category. */
export interface Service {
  readonly key: string;
  readonly slot: number;
  readonly category: string;
  /** Version in which the service came, when that was later than its category. */
  readonly since?: number;
}

/** The site's look, as style rules that the server has written from checked values. */
export interface Appearance {
  /** Where the banner is, where that is not a box at the bottom left. */
  readonly rules: string;
  /** Colours, radius and font as custom properties. */
  readonly properties: string;
  readonly logo?: string;
}

export type Texts = Readonly<Record<string, string>>;

/** The texts of the first layer in one language. */
export interface Translation {
  readonly language: string;
  readonly texts: Texts;
  /** Given where it is not from left to right. */
  readonly dir?: string;
}

export interface Config {
  readonly site: string;
  readonly version: number;
  /** How browsers reach the server: scheme, host and perhaps a path, without a slash at the end. */
  readonly origin: string;
  readonly categories: readonly Category[];
  readonly services: readonly Service[];
  /** Days that a grant is valid. */
  readonly validity: number;
  /** Days before a visitor who refused is asked again. */
  readonly refusal: number;
  /** The domain of the cookie, where it is not for the page's host alone. */
  domain?: string;
  /** The first layer in the main language. */
  readonly words: Translation;
  /** The first layer in the other languages, or the path of a file with it. */
  readonly languages: Readonly<Record<string, Translation | string>>;
  /** Paths of the settings modules, per language. */
  readonly settings: Texts;
  /** Path of the module with what only few pages need. */
  readonly extra: string;
  readonly appearance: Appearance;
  /** Whether the settings come in from the side. */
  readonly sheet?: boolean;
  /** Whether the server is reached on the page's own domain, and so may set the cookie by HTTP. */
  readonly http?: boolean;
  /** Whether the page is reloaded when something was withdrawn on it. */
  readonly reload?: boolean;
  readonly floating?: boolean;
  readonly gpc?: boolean;
  readonly dnt?: boolean;
  /** Which tools on the page are informed of the decision; absent where none is. */
  readonly signals?: Signals;
  /** Whose elements are held back though nobody marked them; absent for sites that do not want that. */
  readonly blocking?: readonly Owner[];
}
