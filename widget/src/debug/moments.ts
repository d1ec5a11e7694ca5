// What was allowed on this page, and when.
import type { Session } from "../session.ts";
import type { Moment } from "./facts.ts";

export interface Moments {
  /** The oldest first; never empty. */
  readonly _all: readonly Moment[];
  /** Adds what is allowed now. */
  _add(): void;
}

/** @param keys Of all categories and services. */
export function createMoments(session: Session, keys: readonly string[]): Moments {
  const moments: Moment[] = [];
  const add = (from: number) => {
    moments.push({ _from: from, _decided: session._view().decided, _granted: keys.filter(session._allowed) });
  };
  const { decidedAt } = session._view();
  const at = decidedAt ? Date.parse(decidedAt) - performance.timeOrigin : 0;
  // Decided on this page, before anybody watched.
  if (at > 0) moments.push({ _from: 0, _decided: false, _granted: [] });
  add(Math.max(0, at));
  return { _all: moments, _add: () => add(performance.now()) };
}
