// The consent as the page sees it: `samtykke.consent` and the detail of its events.
import type { Consent, Permissions, Rules } from "./consent.ts";

/** The surfaces of the contract, and `stored` for a decision read back on a later page. */
export type Source = "banner" | "settings" | "placeholder" | "api" | "signal" | "stored";

export type Snapshot = Readonly<Record<string, unknown>> & {
  readonly decided: boolean;
  readonly services: Readonly<Record<string, boolean>>;
  readonly version: number | null;
  readonly decidedAt: string | null;
  readonly source: Source | null;
};

/** A time in seconds in the form of the contract. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000", "");

/**
 * @param decided Whether a decision stands that has neither expired nor been overtaken.
 * @param source What the decision was made on; without one, whether the browser objects for its user.
 */
export const snapshot = (
  rules: Rules,
  consent: Consent,
  permitted: Permissions,
  decided: boolean,
  source: Source | (() => boolean),
): Snapshot => {
  const table = (items: readonly { readonly key: string }[]) =>
    Object.fromEntries(items.map(({ key }) => [key, permitted.get(key) as boolean]));
  return Object.freeze({
    ...table(rules.categories),
    decided,
    services: Object.freeze(table(rules.services)),
    version: consent?.version ?? null,
    // Worded when it is asked for: a click is answered before.
    get decidedAt() {
      return consent ? iso(consent._at) : null;
    },
    // To ask the browser for its user's signals takes memory and time, and seldom does anybody want to know.
    get source() {
      return typeof source === "string" ? source : source() ? "signal" : null;
    },
  });
};
