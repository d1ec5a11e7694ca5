// Consent in Vue 3: refs that change with it.
// Copy this file into your project, beside samtykke.d.ts; it needs nothing else.
import { computed, onMounted, onUnmounted, shallowReadonly, shallowRef, type ComputedRef, type ShallowRef } from "vue";

export type Consent = NonNullable<Window["samtykke"]>["consent"];

/** What is known on a server, while the script is loading, and for good where it was blocked: nothing is allowed. */
const UNDECIDED = Object.freeze({
  ...{ decided: false, functional: false, statistics: false, advertising: false },
  ...{ services: Object.freeze({}), version: null, decidedAt: null, source: null },
}) as Consent;

/** The document's events also come when the script loads after us. */
const EVENTS = ["samtykke:ready", "samtykke:change"] as const;

/**
 * The visitor's consent, and whether a category or service may run; for `setup`. What a server renders is
 * undecided, and so is the first rendering in the browser: the page is hydrated before it changes.
 */
export function useConsent(): {
  readonly consent: Readonly<ShallowRef<Consent>>;
  readonly allowed: (key: string) => ComputedRef<boolean>;
} {
  const consent = shallowRef(UNDECIDED);
  const take = () => void (consent.value = window.samtykke?.consent ?? UNDECIDED);
  onMounted(() => {
    for (const event of EVENTS) document.addEventListener(event, take);
    take();
  });
  onUnmounted(() => {
    for (const event of EVENTS) document.removeEventListener(event, take);
  });
  const allows = (key: string) => consent.value !== UNDECIDED && !!window.samtykke?.allows(key);
  return { consent: shallowReadonly(consent), allowed: (key) => computed(() => allows(key)) };
}
