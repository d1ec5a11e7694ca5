// What a visitor's decision means: pure rules, without a document, a clock or storage.
import type { Category, Config, Service } from "./config.ts";

/** A set of slots, slot n as 2ⁿ. Kept as a number and divided, since bit operators end at slot 31. */
export type Mask = number;

/** One decision as this browser remembers it. */
export interface Decision {
  /** Banner version that was decided on. */
  readonly version: number;
  /** Slots of the categories that were allowed. */
  readonly _granted: Mask;
  /** Slots of services that are allowed or refused apart from their category. */
  readonly _allowed: Mask;
  readonly _refused: Mask;
  /** When, in seconds since 1970. */
  readonly _at: number;
  /** This browser's secret for this site. */
  readonly visitor: string;
  /** Whether it may still wait to be sent; so says the cookie, since to ask the storage takes long. */
  readonly _wait?: boolean;
}

/** What the visitor decided, or undefined for "not decided". */
export type Consent = Decision | undefined;

/**
 * Whether the banner must be shown: undefined when it need not be, otherwise the categories that grew since the
 * decision. None of them: nothing is decided yet, or the decision has expired.
 */
export type Ask = readonly Category[] | undefined;

export type Action = "accept_all" | "reject_all" | "save" | "withdraw";

/** What is to be allowed, by key of category or service. */
export type Requested = Readonly<Record<string, boolean>>;

/** A decision in the form of the contract. */
export interface Choice {
  /** Every optional category. */
  readonly choices: Record<string, boolean>;
  /** Only services that differ from their category. */
  readonly services: Record<string, boolean>;
}

export type Rules = Pick<Config, "version" | "categories" | "services" | "necessary" | "validity" | "refusal">;

/** One day in seconds. */
export const DAY = 86_400;

/** Whether a set holds a slot. What is no whole number is no slot: between 0 and 1 lie parts of both. */
export const has = (mask: Mask, slot: number): boolean => slot % 1 === 0 && (mask / 2 ** slot) % 2 >= 1;

const maskOf = (items: readonly { readonly slot: number }[]): Mask =>
  items.reduce((mask, { slot }) => mask + 2 ** slot, 0);

/** Whether grants have lapsed: `validity` days after the decision. */
const lapsed = (rules: Rules, { _at: at }: Decision, now: number): boolean => !(now < at + rules.validity * DAY);

/** Whether the decision was made on the scope that a category or service has now. */
const covers = ({ version }: Decision, { since = 0 }: Category | Service): boolean => version >= since;

/** How the visitor decided on a service itself; undefined when it follows its category. */
const exception = (decision: Decision, service: Service): boolean | undefined => {
  if (has(decision._refused, service.slot)) return false;
  return (has(decision._allowed, service.slot) && covers(decision, service)) || undefined;
};

/** Each key of a category or service, and whether it may run now. What is necessary always may. */
export type Permissions = ReadonlyMap<string, boolean>;

export const permitted = (rules: Rules, consent: Consent, now: number): Permissions => {
  const keys = new Map(rules.necessary.map((key) => [key, true]));
  const valid = !!consent && !lapsed(rules, consent, now) && consent;
  for (const category of rules.categories) {
    keys.set(category.key, valid && has(valid._granted, category.slot) && covers(valid, category));
  }
  for (const service of rules.services) {
    const { key, category } = service;
    keys.set(key, valid && (exception(valid, service) ?? !!keys.get(category)) && covers(valid, service));
  }
  return keys;
};

/** The warning about the first of some keys that the banner does not have, which nothing can ever allow. */
export const unknown = (known: Permissions, keys: readonly string[]): string | undefined => {
  for (const key of keys) if (!known.has(key)) return `samtykke: no category or service "${key}"`;
  return;
};

/**
 * Whether to ask. A category that grew is asked about when the visitor had allowed it, and a new one when anything
 * was allowed. A refusal is left in peace for `refusal` days, whatever is published meanwhile.
 */
export const mustAsk = (rules: Rules, consent: Consent, now: number): Ask => {
  if (!consent) return [];
  const grants = ({ slot }: Category) => has(consent._granted, slot);
  const asked = ({ added = 0 }: Category) => consent.version >= added;
  const refused = !consent._granted || rules.categories.some((each) => asked(each) && !grants(each));
  const open = !refused || now >= consent._at + rules.refusal * DAY;
  if (open && lapsed(rules, consent, now)) return [];
  const categories = rules.categories.filter(
    (each) => !covers(consent, each) && (open || grants(each) || (consent._granted && !asked(each))),
  );
  return categories.length ? categories : undefined;
};

/**
 * What an action decides. `save` keeps what it does not name; a named category decides all its services.
 *
 * @throws RangeError for a key that the banner does not have: what were decided would not be what was asked for.
 * @throws TypeError for a value that is neither true nor false: "false" would allow, and 0 be refused by the server.
 */
export const choose = (rules: Rules, consent: Consent, action: Action, requested: Requested, now: number): Choice => {
  const may = permitted(rules, consent, now);
  for (const key in requested) {
    const fault = unknown(may, [key]);
    if (fault) throw RangeError(fault);
    if (requested[key] !== !!requested[key]) throw TypeError(`samtykke: "${key}" is not boolean`);
  }
  const choices: Record<string, boolean> = {};
  const services: Record<string, boolean> = {};
  const saves = action === "save";
  for (const { key } of rules.categories) {
    choices[key] = saves ? (requested[key] ?? (may.get(key) as boolean)) : action === "accept_all";
  }
  for (const service of saves ? rules.services : []) {
    const { key, category } = service;
    const keeps = consent && !(category in requested) && !lapsed(rules, consent, now);
    const value = requested[key] ?? (keeps ? exception(consent, service) : undefined);
    if (value !== undefined && value !== choices[category]) services[key] = value;
  }
  return { choices, services };
};

/** The choice as it is remembered. */
export const remember = (rules: Rules, { choices, services }: Choice, at: number, visitor: string): Decision => {
  const masked = (value: boolean) => maskOf(rules.services.filter(({ key }) => services[key] === value));
  return {
    version: rules.version,
    _granted: maskOf(rules.categories.filter(({ key }) => choices[key])),
    _allowed: masked(true),
    _refused: masked(false),
    _at: at,
    visitor,
    _wait: true,
  };
};
