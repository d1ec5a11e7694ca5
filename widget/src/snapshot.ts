// The consent as the page sees it: `samtykke.consent` and the detail of its events.
import { allows, mustAsk, type Consent, type Rules } from "./consent.ts";

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

export function snapshot(rules: Rules, consent: Consent, source: Source | null, now: number): Snapshot {
  const table = (items: readonly { readonly key: string }[]) =>
    Object.fromEntries(items.map(({ key }) => [key, allows(rules, consent, key, now)]));
  return Object.freeze({
    ...table(rules.categories),
    decided: mustAsk(rules, consent, now)?.length !== 0,
    services: Object.freeze(table(rules.services)),
    version: consent?.version ?? null,
    decidedAt: consent ? iso(consent.at) : null,
    source,
  });
}
