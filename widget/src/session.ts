// The visitor's decision on this page: what it is, what it permits, and how it changes.
import type { Config } from "./config.ts";
import { allows, choose, DAY, mustAsk, remember } from "./consent.ts";
import type { Action, Ask, Choice, Consent, Decision, Wanted } from "./consent.ts";
import { encode, readCookie, writeCookie } from "./cookie.ts";
import { snapshot, type Snapshot, type Source } from "./snapshot.ts";

export interface Session {
  readonly decision: () => Consent;
  readonly view: () => Snapshot;
  readonly ask: () => Ask;
  readonly allowed: (key: string) => boolean;
  /** Whether all that a marked element names is allowed; an element that names nothing is not. */
  readonly permits: (element: Element) => boolean;
  /** Whether anything that was allowed on this page has ceased to be. */
  readonly lost: () => boolean;
  /** Decides and remembers; the answer is what was chosen. */
  readonly choose: (action: Action, source: Source, wanted: Wanted) => Choice;
  /** Reads the stored decision again; true when it differs from what this page knew. */
  readonly sync: () => boolean;
  readonly forget: () => void;
}

/** The categories that an element names. */
export const named = (element: Element): string[] =>
  element.getAttribute("data-consent")?.match(/[^\s,]+/g) ?? [];

/**
 * @param now Seconds since 1970.
 * @param objects True when the browser objects for its user, by a signal that the site respects.
 */
export function createSession(config: Config, now: () => number, newId: () => string, objects: boolean): Session {
  let known: Consent;
  let view!: Snapshot;
  /** A decision that the browser would not keep: it lives as long as the page. */
  let unkept: Consent;

  const allowed = (key: string) => allows(config, known, key, now());
  const read = () => unkept ?? readCookie(now());
  const keys = [...config.categories, ...config.services].map(({ key }) => key);
  let lost = false;
  const take = (source: Source) => {
    const had = keys.filter(allowed);
    known = read();
    lost ||= !had.every(allowed);
    view = snapshot(config, known, known ? source : objects ? "signal" : null, now());
  };
  const write = (decision: Decision) => {
    const days = Math.max(config.validity, config.refusal);
    writeCookie(encode(decision), decision.at + days * DAY - now(), config.cookie === "site");
    unkept = readCookie(now())?.at === decision.at ? undefined : decision;
  };
  take("stored");
  // Some browsers keep a script's cookie for a week only: each visit renews it, with the time of the decision.
  if (known && view.decided) write(known);

  return {
    decision: () => known,
    view: () => view,
    ask: () => mustAsk(config, known, now()),
    allowed,
    permits(element) {
      const categories = named(element);
      const service = element.getAttribute("data-consent-service");
      if (!service) return categories.length > 0 && categories.every(allowed);
      // Its own category is not needed once a service is allowed by name.
      const own = config.services.find(({ key }) => key === service)?.category;
      return allowed(service) && categories.every((key) => key === own || allowed(key));
    },
    lost: () => lost,
    choose(action, source, wanted) {
      const choice = choose(config, known, action, wanted, now());
      // Never older than what it replaces, even when the clock was set back.
      write(remember(config, choice, Math.max(now(), known?.at ?? 0), known?.visitor ?? newId()));
      take(source);
      return choice;
    },
    sync() {
      const differs = JSON.stringify(read()) !== JSON.stringify(known);
      if (differs) take("stored");
      return differs;
    },
    forget() {
      unkept = undefined;
      writeCookie("", 0, config.cookie === "site");
      take("stored");
    },
  };
}
