// What the server appends to the bundle: the published banner, as far as a first-time visitor needs it.

/** An optional purpose that the visitor may allow. */
export interface Category {
  readonly key: string;
  /** Its bit in the cookie; never reused for another category. */
  readonly slot: number;
  /** Version of the banner in which its scope last grew. */
  readonly since: number;
  /** Version in which visitors were first asked about it, when that was not the first one. */
  readonly added?: number;
  readonly name: string;
}

/** A service that the visitor may allow apart from its category. */
export interface Service {
  readonly key: string;
  readonly slot: number;
  readonly category: string;
  readonly name: string;
  /** Version in which the service came, when that was later than its category. */
  readonly since?: number;
}

export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly accent: string;
  readonly accent_text: string;
  readonly border: string;
}

export interface Appearance {
  readonly layout: "bar" | "box" | "dialog";
  readonly position: "bottom" | "top" | "bottom_left" | "bottom_right" | "centre";
  readonly scheme: "auto" | "light" | "dark";
  readonly light: Palette;
  readonly dark: Palette;
  /** Corner radius in CSS pixels. */
  readonly radius: number;
  readonly font: string;
  readonly logo: string;
}

export type Texts = Readonly<Record<string, string>>;

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
  readonly cookie: "host" | "site";
  readonly language: string;
  readonly texts: Texts;
  /** Paths of the first-layer texts in the other languages. */
  readonly languages: Texts;
  /** Paths of the settings modules, per language. */
  readonly settings: Texts;
  /** Path of the module with what only few pages need. */
  readonly extra: string;
  readonly appearance: Appearance;
  readonly floating?: boolean;
  readonly gpc?: boolean;
  readonly dnt?: boolean;
}

/** Above this a bit would no longer be exact in a JavaScript number. */
const LAST_SLOT = 52;

/**
 * The configuration, or nothing when a number that consent depends on is odd. Nothing means no banner and no
 * consent: everything marked stays blocked. The server has checked all of it before; this guards the visitor's
 * decision against what may have happened on the way.
 *
 * @throws When it is not a configuration at all.
 */
export function parseConfig(value: unknown): Config | undefined {
  const config = value as Config;
  const { categories, services, version, validity, refusal } = config;
  const fits = ({ slot }: { readonly slot: number }) => slot >= 0 && slot <= LAST_SLOT;
  const counts = [version, validity, refusal, ...categories.flatMap(({ slot, since }) => [slot + 1, since])];
  const valid = counts.every((count) => Number.isInteger(count) && count > 0) && categories.every(fits);
  // A service without a bit of its own in the cookie simply follows its category.
  return valid ? { ...config, services: services.filter(fits) } : undefined;
}
