// Consent in React 18 and newer: what depends on it is rendered again when it changes.
// Copy this file into your project, beside samtykke.d.ts; it needs nothing else.
import { useSyncExternalStore, type ReactNode } from "react";

export type Consent = NonNullable<Window["samtykke"]>["consent"];

/** What is known on a server, while the script is loading, and for good where it was blocked: nothing is allowed. */
const UNDECIDED = Object.freeze({
  ...{ decided: false, functional: false, statistics: false, advertising: false },
  ...{ services: Object.freeze({}), version: null, decidedAt: null, source: null },
}) as Consent;

/** The document's events also come when the script loads after us. */
const EVENTS = ["samtykke:ready", "samtykke:change"] as const;

function subscribe(notify: () => void): () => void {
  for (const event of EVENTS) document.addEventListener(event, notify);
  return () => {
    for (const event of EVENTS) document.removeEventListener(event, notify);
  };
}

/** The visitor's consent, as `samtykke.consent`. */
export const useConsent = (): Consent =>
  useSyncExternalStore(subscribe, () => window.samtykke?.consent ?? UNDECIDED, () => UNDECIDED);

/** Whether a category or service may run; renders again only when that changes. */
export const useAllowed = (key: string): boolean =>
  useSyncExternalStore(subscribe, () => window.samtykke?.allows(key) ?? false, () => false);

/** Its children while `to` is allowed, and until then the fallback: mount what stores or loads only inside it. */
export function Consented(props: { to: string; fallback?: ReactNode; children?: ReactNode }): ReactNode {
  return useAllowed(props.to) ? props.children : props.fallback;
}
