/**
 * Types of `window.samtykke`, the one global of the Samtykke consent banner.
 *
 * Put this file into a TypeScript project (or reference it) and the global and its events are typed. Each event is
 * also dispatched on `document` as `samtykke:ready`, `samtykke:change`, `samtykke:show` and `samtykke:hide`, with the
 * consent in `detail`.
 */

/** What the visitor has allowed, at one moment. The object is frozen; a new one is made for each change. */
export interface SamtykkeConsent {
  /** True once the visitor has decided, whatever the decision was, until it has expired. */
  readonly decided: boolean;
  /** One boolean for each optional category of the site; these three exist unless the site removed them. */
  readonly functional: boolean;
  readonly statistics: boolean;
  readonly advertising: boolean;
  /** Each declared service by key, with its category and the visitor's own exceptions taken into account. */
  readonly services: Readonly<Record<string, boolean>>;
  /** Version of the banner that was decided on, or null before a decision. */
  readonly version: number | null;
  /** When it was decided, as ISO 8601 in UTC, or null before a decision. */
  readonly decidedAt: string | null;
  /**
   * Where the decision was made; `stored` when it was read back on a later page, `signal` while nothing is
   * decided and the browser objects by Global Privacy Control or Do Not Track, otherwise null.
   */
  readonly source: "banner" | "settings" | "placeholder" | "api" | "signal" | "stored" | null;
  /** Categories that the site added itself. */
  readonly [category: string]: unknown;
}

/** Names and arguments of the events for `samtykke.on`. */
export interface SamtykkeEvents {
  /** The stored state is known. Replayed at once to later subscribers. */
  ready: (consent: SamtykkeConsent) => void;
  /** A decision was made, here or in another tab. */
  change: (consent: SamtykkeConsent) => void;
  /** The banner came. */
  show: () => void;
  /** The banner went. */
  hide: () => void;
}

/** What the server keeps about this browser, newest first. */
export interface SamtykkeRecords {
  readonly site: string;
  /** Each decision as it is stored; `consent_id` is the public number of the record. */
  readonly records: readonly (Readonly<Record<string, unknown>> & { readonly consent_id: string })[];
}

/** All that the server keeps about this browser on this site. Each rejects when the server cannot answer now. */
export interface SamtykkeMe {
  /** This browser's secret for this site, or null before the first decision. It gives access: keep it private. */
  readonly id: string | null;
  /** All records of this browser, as the server stores them. */
  records(): Promise<SamtykkeRecords>;
  /** One record with its proof, by its public number; for some seconds after the decision there is none yet. */
  receipt(id: string): Promise<Readonly<Record<string, unknown>>>;
  /** Erases the records on the server, then forgets the decision in this browser: nothing is allowed any more. */
  erase(): Promise<void>;
}

/** The consent banner of this page. */
export interface Samtykke {
  /** What is allowed now. */
  readonly consent: SamtykkeConsent;
  /** Whether a category or a service may run now. False until decided; true at once for `necessary` and its services. */
  allows(categoryOrService: string): boolean;
  /** Allows every category. Call it only for the visitor's own clear act. */
  acceptAll(): void;
  /** Refuses every category. */
  rejectAll(): void;
  /**
   * Decides on the categories and services named, by key. What is not named stays as it is; a named category
   * decides all of its services.
   *
   * @throws RangeError for a key that the banner does not have; then nothing is decided.
   */
  save(choices: Readonly<Record<string, boolean>>): void;
  /** Takes back everything that was allowed. */
  withdraw(): void;
  /** Shows the banner. */
  show(): void;
  /** Opens the settings. */
  settings(): void;
  /** Takes the banner and the settings away for this page; nothing is decided by that. */
  hide(): void;
  /** Subscribes to an event; the answer ends the subscription. A listener that throws disturbs nobody. */
  on<Name extends keyof SamtykkeEvents>(event: Name, listener: SamtykkeEvents[Name]): () => void;
  /** The visitor's own records on the server. */
  readonly me: SamtykkeMe;
}

declare global {
  interface Window {
    /** Absent while the script is loading, and when it was blocked: then nothing is allowed. */
    readonly samtykke?: Samtykke;
  }
  interface DocumentEventMap {
    "samtykke:ready": CustomEvent<SamtykkeConsent>;
    "samtykke:change": CustomEvent<SamtykkeConsent>;
    "samtykke:show": CustomEvent<SamtykkeConsent>;
    "samtykke:hide": CustomEvent<SamtykkeConsent>;
  }
}
