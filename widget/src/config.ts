// What the server appends to the bundle: the published banner, as far as a first-time visitor needs it.

/** An optional purpose that the visitor may allow. */
export interface Category {
  readonly key: string;
  /** Its bit in the cookie; never reused for another category. */
  readonly slot: number;
  /** Version of the banner in which its scope last grew. */
  readonly since: number;
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
  readonly appearance: Appearance;
  readonly floating?: boolean;
  readonly gpc?: boolean;
  readonly dnt?: boolean;
}

/** Above this a bit would no longer be exact in a JavaScript number. */
const LAST_SLOT = 52;

/**
 * The configuration, or nothing when any part that consent depends on is odd. Nothing means no banner and no
 * consent: everything marked stays blocked.
 */
export function parseConfig(value: unknown): Config | undefined {
  try {
    const config = value as Config;
    const { categories, services, version, validity, refusal } = config;
    const counts = [version, validity, refusal, ...categories.flatMap(({ slot, since }) => [slot + 1, since])];
    const valid =
      /^[a-z0-9-]{2,40}$/.test(config.site) &&
      /^https?:/.test(config.origin) &&
      counts.every((count) => Number.isInteger(count) && count > 0) &&
      categories.every(({ key, slot }) => /^\w+$/.test(key) && slot <= LAST_SLOT) &&
      new Set(categories.map(({ slot }) => slot)).size === categories.length &&
      config.languages &&
      config.settings &&
      config.texts.title &&
      config.appearance.light;
    // A service without a bit of its own in the cookie simply follows its category.
    return valid ? { ...config, services: services.filter(({ slot }) => slot >= 0 && slot <= LAST_SLOT) } : undefined;
  } catch {
    return undefined;
  }
}
