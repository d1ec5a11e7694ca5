import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { announce } from "../src/announcing.ts";
import type { Page } from "../src/fragment.ts";

const browser = globalThis as unknown as Record<string, unknown>;
/** A module that counts how often it is asked to show the announcement. */
const MODULE = "text/javascript,export default due => { globalThis.shown = (globalThis.shown ?? 0) + 1; due() }";

afterEach(() => {
  delete browser.shown;
  delete browser.localStorage;
});

/** Runs the fragment on a page of a visitor, and counts what was shown. */
async function visited(visit: { announced: number; decided?: number; asked?: boolean; seen?: string | null | Error }) {
  delete browser.shown;
  browser.localStorage = {
    getItem(key: string) {
      assert.equal(key, "samtykke:seen:demo");
      if (visit.seen instanceof Error) throw visit.seen;
      return visit.seen ?? null;
    },
  };
  const page: unknown[] = [];
  page[0] = {
    _ask: () => (visit.asked || visit.decided === undefined ? [] : undefined),
    _decision: () => visit.decided && { version: visit.decided },
  };
  let work: () => Promise<void>;
  page[2] = (given: typeof work) => (work = given);
  page[6] = { site: "demo", origin: "data:", announcement: [visit.announced, MODULE] };
  announce(...(page as unknown as Page));
  await work!();
  return (browser.shown as number | undefined) ?? 0;
}

const number = fc.integer({ min: 1, max: 9 });

test("only who decided before the change, is not asked again and has not closed it is notified", async () => {
  const seen = fc.constantFrom(null, "", "x", "0", "3", "9", new Error("blocked"));
  const visit = fc.record({ announced: number, decided: fc.option(number, { nil: undefined }), asked: fc.boolean(), seen });
  await fc.assert(
    fc.asyncProperty(visit, async ({ announced, decided, asked, seen }) => {
      const closed = typeof seen === "string" && Number(seen) >= announced;
      const due = decided !== undefined && decided < announced && !asked && !closed;
      assert.equal(await visited({ announced, asked, seen, ...(decided && { decided }) }), due ? 1 : 0);
    }),
  );
});
