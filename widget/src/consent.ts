// What a visitor's decision means: pure rules, without a document, a clock or storage.
import type { Category, Config, Service } from "./config.ts";

/** A set of slots, slot n as 2ⁿ. Kept as a number and divided, since bit operators end at slot 31. */
export type Mask = number;

/** One decision as this browser remembers it. */
export interface Decision {
  /** Banner version that was decided on. */
  readonly version: number;
  /** Slots of the categories that were allowed. */
  readonly granted: Mask;
  /** Slots of services that are allowed or refused apart from their category. */
  readonly allowed: Mask;
  readonly refused: Mask;
  /** When, in seconds since 1970. */
  readonly at: number;
  /** This browser's secret for this site. */
  readonly visitor: string;
}

export type Consent = { readonly kind: "undecided" } | ({ readonly kind: "decided" } & Decision);

/** Whether and why the banner must be shown. */
export type Ask =
  | { readonly kind: "no" }
  | { readonly kind: "first" }
  | { readonly kind: "expired" }
  | { readonly kind: "changed"; readonly categories: readonly Category[] };

export type Action = "accept_all" | "reject_all" | "save" | "withdraw";

/** What is wanted, by key of category or service. */
export type Wanted = Readonly<Record<string, boolean>>;

/** A decision in the words of the contract. */
export interface Choice {
  /** Every optional category. */
  readonly choices: Record<string, boolean>;
  /** Only services that differ from their category. */
  readonly services: Record<string, boolean>;
}

export type Rules = Pick<Config, "version" | "categories" | "services" | "validity" | "refusal">;

export const UNDECIDED: Consent = { kind: "undecided" };

/** One day in seconds. */
export const DAY = 86_400;

export const has = (mask: Mask, slot: number): boolean => Math.floor(mask / 2 ** slot) % 2 === 1;

export const maskOf = (items: readonly { readonly slot: number }[]): Mask =>
  items.reduce((mask, { slot }) => (has(mask, slot) ? mask : mask + 2 ** slot), 0);

/** True once grants have lapsed: `validity` days after the decision. */
const lapsed = (rules: Rules, decision: Decision, now: number): boolean =>
  now >= decision.at + rules.validity * DAY;

const grants = (decision: Decision, category: Category): boolean =>
  has(decision.granted, category.slot) && decision.version >= category.since;

/** How the visitor decided on a service itself; nothing when it follows its category. */
function exception(decision: Decision, service: Service): boolean | undefined {
  if (has(decision.refused, service.slot)) return false;
  if (has(decision.allowed, service.slot) && decision.version >= (service.since ?? 0)) return true;
  return undefined;
}

/** Whether a category or service may run now. Unknown keys may not; what is necessary always may. */
export function allows(rules: Rules, consent: Consent, key: string, now: number): boolean {
  if (key === "necessary") return true;
  if (consent.kind === "undecided" || lapsed(rules, consent, now)) return false;
  const category = rules.categories.find((each) => each.key === key);
  if (category) return grants(consent, category);
  const service = rules.services.find((each) => each.key === key);
  if (!service) return false;
  return (
    exception(consent, service) ??
    (service.category === "necessary" ||
      (consent.version >= (service.since ?? 0) &&
        rules.categories.some((each) => each.key === service.category && grants(consent, each))))
  );
}

/**
 * Whether to ask. A category that grew is asked about when the visitor had allowed it, or had refused nothing
 * (then it may be a new one). A refusal is left in peace for `refusal` days, whatever is published meanwhile.
 */
export function mustAsk(rules: Rules, consent: Consent, now: number): Ask {
  if (consent.kind === "undecided") return { kind: "first" };
  const old = rules.categories.filter(({ since }) => since <= consent.version);
  const refusedAny = !consent.granted || old.some(({ slot }) => !has(consent.granted, slot));
  const rested = now >= consent.at + rules.refusal * DAY;
  if (lapsed(rules, consent, now) && (rested || !refusedAny)) return { kind: "expired" };
  const categories = rules.categories.filter(
    ({ since, slot }) => since > consent.version && (has(consent.granted, slot) || !refusedAny || rested),
  );
  return categories.length ? { kind: "changed", categories } : { kind: "no" };
}

/**
 * What an action decides. `save` keeps what it does not name; a named category speaks for all its services.
 */
export function choose(rules: Rules, consent: Consent, action: Action, wanted: Wanted, now: number): Choice {
  const saves = action === "save";
  const choices: Record<string, boolean> = {};
  const services: Record<string, boolean> = {};
  for (const { key } of rules.categories) {
    choices[key] = saves ? (wanted[key] ?? allows(rules, consent, key, now)) : action === "accept_all";
  }
  if (saves) {
    for (const service of rules.services) {
      const { key, category } = service;
      const kept =
        consent.kind === "decided" && !(category in wanted) && !lapsed(rules, consent, now)
          ? exception(consent, service)
          : undefined;
      const value = wanted[key] ?? kept;
      if (value !== undefined && value !== choices[category]) services[key] = value;
    }
  }
  return { choices, services };
}

/** The choice as it is remembered. */
export function remember(rules: Rules, choice: Choice, at: number, visitor: string): Decision {
  const chosen = (value: boolean) => maskOf(rules.services.filter(({ key }) => choice.services[key] === value));
  return {
    version: rules.version,
    granted: maskOf(rules.categories.filter(({ key }) => choice.choices[key])),
    allowed: chosen(true),
    refused: chosen(false),
    at,
    visitor,
  };
}
