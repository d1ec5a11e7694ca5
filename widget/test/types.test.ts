// The public types are checked by `npm run types`, against the implementation (src/api.ts) and this use of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Samtykke, SamtykkeConsent } from "../samtykke.d.ts";

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
  void window.samtykke?.me.records();
}

test("the public types describe how a page uses the global", () => assert.equal(use.length, 1));
