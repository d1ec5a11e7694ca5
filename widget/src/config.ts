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
  readonly position: string;
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

const counts = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least;
const fits = ({ key, slot }: Category | Service): boolean =>
  /^[\w-]+$/.test(key) && counts(slot, 0) && slot <= LAST_SLOT;

/**
 * The configuration, or nothing when any part that consent depends on is odd. Nothing means no banner and no
 * consent: everything marked stays blocked.
 */
export function parseConfig(value: unknown): Config | undefined {
  try {
    const config = value as Config;
    const { categories, services } = config;
    const valid =
      /^[a-z0-9-]{2,40}$/.test(config.site) &&
      counts(config.version, 1) &&
      /^https?:\/\/[^\s/]/.test(config.origin) &&
      counts(config.validity, 1) &&
      counts(config.refusal, 1) &&
      categories.every((category) => fits(category) && counts(category.since, 1)) &&
      new Set(categories.map(({ slot }) => slot)).size === categories.length &&
      typeof config.texts.title === "string" &&
      typeof config.language === "string" &&
      !!config.languages &&
      !!config.settings &&
      !!config.appearance.light;
    // A service whose bit does not fit simply follows its category.
    return valid ? { ...config, services: services.filter(fits) } : undefined;
  } catch {
    return undefined;
  }
}
