// What the tools on a page are told, in the words that Google chose and the others took over.

export type Type =
  | "ad_storage"
  | "ad_user_data"
  | "ad_personalization"
  | "analytics_storage"
  | "functionality_storage"
  | "personalization_storage";

/** `security_storage` is there too: it needs no consent. */
export type State = Readonly<Record<Type, "granted" | "denied">>;

/**
 * Tells a tool at once that everything is denied and then, when the visitor has decided before, what is allowed.
 * The answer tells it of each later decision.
 */
export type Tool = (denied: State, known?: State) => (state: State) => void;

/** How Google Consent Mode is set up, in Google's own words. */
export interface Google {
  /** What the default says beside the types: how long tags wait for an update, and in which regions it holds. */
  readonly default: { readonly wait_for_update: number; readonly region?: readonly string[] };
  readonly set: { readonly ads_data_redaction?: boolean; readonly url_passthrough?: boolean };
}

/** Which tools are told; what is absent is not. */
export interface Signals {
  readonly mapping: Readonly<Record<Type, string>>;
  readonly google?: Google;
  readonly uet?: boolean;
  readonly clarity?: boolean;
  readonly matomo?: boolean;
  readonly data_layer?: boolean;
}

/** Where each tool's own script finds what was said before it came. */
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
