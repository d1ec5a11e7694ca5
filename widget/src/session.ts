// The visitor's decision on this page: what it is, what it permits, and how it changes.
import type { Config } from "./config.ts";
import {
  allows,
  choose,
  mustAsk,
  remember,
  UNDECIDED,
  type Action,
  type Ask,
  type Choice,
  type Consent,
  type Wanted,
} from "./consent.ts";
import type { Jar } from "./cookie.ts";
import { snapshot, type Snapshot, type Source } from "./snapshot.ts";

export interface Session {
  readonly consent: () => Consent;
  readonly snapshot: () => Snapshot;
  readonly ask: () => Ask;
  readonly allows: (key: string) => boolean;
  /** Whether all that a marked element names is allowed; an element that names nothing is not. */
  readonly permits: (element: Element) => boolean;
  /** Decides and remembers; the answer is what was chosen. */
  readonly decide: (action: Action, source: Source, wanted: Wanted) => Choice;
  /** Reads the stored decision again; true when it differs from what this page knew. */
  readonly sync: () => boolean;
  readonly forget: () => void;
}

export interface World {
  readonly jar: Jar;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** True when the browser objects for its user, by a signal that the site respects. */
  readonly objects: boolean;
}

/** The categories that an element names, and its service. */
export function demands(element: Element): { categories: string[]; service: string | null } {
  const categories = (element.getAttribute("data-consent") ?? "").split(/[\s,]+/).filter(Boolean);
  return { categories, service: element.getAttribute("data-consent-service") };
}

export function createSession(config: Config, { jar, now, newId, objects }: World): Session {
  let consent = jar.read(now());
  let source: Source | null = null;
  let view: Snapshot;

  const take = (next: Consent, from: Source) => {
    consent = next;
    source = next.kind === "decided" ? from : objects ? "signal" : null;
    view = snapshot(config, consent, source, now());
  };
  take(consent, "stored");
  // Some browsers keep a script's cookie for a week only: each visit renews it, with the time of the decision.
  if (consent.kind === "decided" && mustAsk(config, consent, now()).kind !== "expired") jar.write(consent, now());

  const allowed = (key: string) => allows(config, consent, key, now());

  return {
    consent: () => consent,
    snapshot: () => view,
    ask: () => mustAsk(config, consent, now()),
    allows: allowed,
    permits(element) {
      const { categories, service } = demands(element);
      if (!service) return categories.length > 0 && categories.every(allowed);
      const own = config.services.find(({ key }) => key === service)?.category;
      return allowed(service) && categories.every((key) => key === own || allowed(key));
    },
    decide(action, from, wanted) {
      const choice = choose(config, consent, action, wanted, now());
      const before = consent.kind === "decided" ? consent : { at: 0, visitor: newId() };
      // Never older than what it replaces, even when the clock was set back.
      const decision = remember(config, choice, Math.max(now(), before.at), before.visitor);
      jar.write(decision, now());
      take({ kind: "decided", ...decision }, from);
      return choice;
    },
    sync() {
      const stored = jar.read(now());
      const same = JSON.stringify(stored) === JSON.stringify(consent);
      if (!same) take(stored, "stored");
      return !same;
    },
    forget() {
      jar.clear();
      take(UNDECIDED, "stored");
    },
  };
}
