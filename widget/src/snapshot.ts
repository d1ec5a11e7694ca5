// The consent as the page sees it: `samtykke.consent` and the detail of its events.
import { allows, mustAsk, type Consent, type Rules } from "./consent.ts";

export type Source = "banner" | "settings" | "placeholder" | "api" | "signal" | "stored";

export type Snapshot = Readonly<Record<string, unknown>> & {
  readonly decided: boolean;
  readonly services: Readonly<Record<string, boolean>>;
  readonly version: number | null;
  readonly decidedAt: string | null;
  readonly source: Source | null;
};

/** Time in the form of the contract. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000", "");

export function snapshot(rules: Rules, consent: Consent, source: Source | null, now: number): Snapshot {
  const table = (items: readonly { readonly key: string }[]) =>
    Object.fromEntries(items.map(({ key }) => [key, allows(rules, consent, key, now)]));
  const decided = consent.kind === "decided" && mustAsk(rules, consent, now).kind !== "expired";
  return Object.freeze({
    ...table(rules.categories),
    decided,
    services: Object.freeze(table(rules.services)),
    version: consent.kind === "decided" ? consent.version : null,
    decidedAt: consent.kind === "decided" ? iso(consent.at) : null,
    source,
  });
}
