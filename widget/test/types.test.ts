// The public types are checked by `npm run types`, against the implementation (src/api.ts) and this use of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DebugDeclaration } from "../dist/configuration.d.ts";
import type { Samtykke, SamtykkeConsent } from "../samtykke.d.ts";
import type { Declaration } from "../src/debug/facts.ts";
import * as react from "../adapters/react/consent.ts";
import * as spa from "../adapters/spa/page-views.ts";
import * as vue from "../adapters/vue/consent.ts";

/** What the server sends to the debug panel fits what the panel reads; compiled, not run. */
export const debugged = (sent: DebugDeclaration): Declaration => sent;

/** What a website's own code may look like; it is compiled, not run. */
export function use(samtykke: Samtykke): void {
  const { decided, statistics, services, source }: SamtykkeConsent = samtykke.consent;
  if (decided && statistics && services["youtube"] && source !== "signal") samtykke.settings();
  samtykke.save({ statistics: true, youtube: false });
  const leave: () => void = samtykke.on("change", (consent) => void consent.decidedAt?.slice(0, 10));
  leave();
  // @ts-expect-error the consent cannot be changed by the page
  samtykke.consent.decided = true;
  // @ts-expect-error there is no such event
  samtykke.on("closed", () => {});
  // @ts-expect-error a choice is true or false
  samtykke.save({ statistics: "yes" });
  document.addEventListener("samtykke:change", ({ detail }) => detail.advertising);
  document.addEventListener("samtykke:show", ({ detail }) => detail.decided);
  const receipt = samtykke.me.receipt;
  void window.samtykke?.me.records().then(({ records }) => records.map(({ consent_id }) => receipt(consent_id)));
}

/** And with the adapters. */
export function adapted(): void {
  const consent: SamtykkeConsent = react.useConsent();
  if (consent.decided && react.useAllowed("youtube")) react.Consented({ to: "statistics", fallback: null, children: "…" });
  // @ts-expect-error what it waits for must be named
  react.Consented({ children: "…" });
  const { consent: ref, allowed } = vue.useConsent();
  const both: boolean = ref.value.advertising && allowed("statistics").value;
  // @ts-expect-error the consent cannot be changed by the page
  ref.value = consent;
  const stop: () => void = spa.countPageViews(({ path, title, referrer }) => [both, path, title, referrer], "statistics");
  stop();
  // @ts-expect-error a view has no such property
  spa.countPageViews(({ url }) => url);
}

test("the public types describe how a page uses the global", () => assert.deepEqual([use.length, adapted.length], [1, 0]));
