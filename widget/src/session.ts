// The visitor's decision on this page: what it is, what it permits, and how it changes.
import type { Config } from "./config.ts";
import { choose, DAY, mustAsk, permitted, remember, unknown } from "./consent.ts";
import type { Action, Ask, Choice, Consent, Decision, Permissions, Requested } from "./consent.ts";
import { encode, readCookie, writeCookie } from "./cookie.ts";
import { snapshot, type Snapshot, type Source } from "./snapshot.ts";

/** What makes it this decision and no other, whether it has been sent or not. */
const essence = (consent: Consent) => JSON.stringify({ ...consent, _wait: false });

export interface Session {
  readonly _decision: () => Consent;
  readonly _view: () => Snapshot;
  readonly _ask: () => Ask;
  readonly _allowed: (key: string) => boolean;
  /** The keys of all that must be allowed before an element may load; "" where it names nothing. */
  readonly _needs: (element: Element) => string[];
  /** The first key of an element that the banner does not have: the element never loads. */
  readonly _unknown: (element: Element) => string | undefined;
  /** Whether all that a marked element names is allowed; an element that names nothing is not. */
  readonly _permits: (element: Element) => boolean;
  /** Whether anything that was allowed on this page has ceased to be. */
  readonly _lost: () => boolean;
  /**
   * Some browsers delete a script's cookie after a week: each visit renews it, with the time of the decision.
   * A cookie that the server has set lives longer than one that a script writes over it.
   */
  readonly _renew: () => void;
  /** Marks the decision in the cookie as one that need not be sent any more. */
  readonly _markSent: () => void;
  /** Decides and remembers; the answer is what was chosen. */
  readonly _choose: (action: Action, source: Source, requested: Requested) => Choice;
  /** Reads the stored decision again; true when it differs from what this page knew. */
  readonly _sync: () => boolean;
  readonly _forget: () => void;
  /** Elements that the visitor lets load on this page, until the next decision. */
  readonly _allowedOnce: Set<Element>;
}

/**
 * @param now Seconds since 1970.
 * @param objects Whether the browser objects for its user, by a signal that the site respects.
 */
export function createSession(config: Config, now: () => number, newId: () => string, objects: () => boolean): Session {
  let known: Consent;
  /** This browser's secret; made ahead where there is none, and again when it was forgotten. */
  let visitor: string;
  let view!: Snapshot;
  /** A decision that the browser may not have stored, or will not: then it lives as long as the page. */
  let unstored: Consent;
  const allowedOnce = new Set<Element>();

  let ask: Ask;
  /** What may run, and until when: grants lapse also while a page is open. */
  let permissions: Permissions = new Map();
  let until: number | undefined;
  const evaluate = () => (permissions = permitted(config, known, now()));
  const allowed = (key: string) => !!(now() >= until! ? evaluate() : permissions).get(key);
  let lost = false;
  const adopt = (consent: Consent, source: Source) => {
    const before = permissions;
    known = consent;
    visitor = known?.visitor ?? newId();
    until = known && known._at + config.validity * DAY;
    evaluate();
    for (const [key, might] of before) lost ||= might && !permissions.get(key);
    ask = mustAsk(config, known, now());
    view = snapshot(config, known, permissions, ask?.length !== 0, consent ? source : objects);
    // The newest decision is the one that counts; one on another placeholder says nothing about these.
    if (source !== "placeholder") allowedOnce.clear();
  };
  const write = (decision: Decision) => {
    const days = Math.max(config.validity, config.refusal);
    writeCookie(encode(decision), decision._at + days * DAY - now(), config.domain);
  };
  function needs(element: Element) {
    const { consent = "", consentService: service } = (element as HTMLElement).dataset;
    const named = consent.match(/[^\s,]+/g) ?? [""];
    // Its own category is not needed once a service is allowed by name.
    const own = config.services.find(({ key }) => key === service)?.category;
    return service ? [service, ...named.filter((key) => key && key !== own)] : named;
  }
  adopt(readCookie(now()), "stored");

  return {
    _decision: () => known,
    _view: () => view,
    _ask: () => ask,
    _allowed: allowed,
    _needs: needs,
    _unknown: (element) => unknown(permissions, needs(element)),
    _permits: (element) => allowedOnce.has(element) || needs(element).every(allowed),
    _lost: () => lost,
    _renew: () => {
      if (known && view.decided && !config.http) write(known);
    },
    _markSent() {
      if (known?._wait) write((known = { ...known, _wait: false }));
    },
    // A method, compiled when it is called: on most pages it is not, and with its rules it is the largest part.
    _choose(action, source, requested) {
      const choice = choose(config, known, action, requested, now());
      // Newer than what it replaces, even within its second or when the clock was set back: the newest one counts.
      unstored = remember(config, choice, Math.max(now(), known ? known._at + 1 : 0), visitor);
      write(unstored);
      adopt(unstored, source);
      return choice;
    },
    _sync: () => {
      const stored = readCookie(now());
      // An older decision is never believed: it came back with an answer that a newer one has overtaken.
      if (known && stored && stored._at < known._at) {
        write(known);
        return false;
      }
      if (stored) unstored = undefined;
      const newest = unstored ?? stored;
      const same = essence(newest) === essence(known);
      if (same) known = newest;
      else adopt(newest, "stored");
      return !same;
    },
    _forget() {
      unstored = undefined;
      writeCookie("", 0, config.domain);
      adopt(undefined, "stored");
    },
    _allowedOnce: allowedOnce,
  };
}
