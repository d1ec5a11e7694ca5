import assert from "node:assert/strict";
import { test } from "node:test";
import { humanise } from "../src/lifetime.ts";

const table: [string, string, string][] = [
  ["P1Y", "en", "1 year"],
  ["P13M", "en", "13 months"],
  ["P2W", "en", "2 weeks"],
  ["P180D", "en", "180 days"],
  ["PT30M", "en", "30 minutes"],
  ["P1DT12H", "en", "1 day 12 hours"],
  ["P1Y", "nb", "1 år"],
  ["P0D", "en", "P0D"],
  ["for ever", "en", "for ever"],
];
for (const [duration, language, expected] of table) {
  test(`${duration} is "${expected}" in ${language}`, () => assert.equal(humanise(duration, language), expected));
}
