import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "../src/config.ts";
import { sample } from "./sample.ts";

test("a valid configuration is taken as it is", () => {
  assert.deepEqual(parseConfig(sample()), sample());
});

const [first, second] = sample().categories as [never, never];
const odd: [string, unknown][] = [
  ["nothing", undefined],
  ["a site that is no key", sample({ site: "Demo!" })],
  ["no version", sample({ version: 0 })],
  ["half a version", sample({ version: 1.5 })],
  ["an origin that runs code", sample({ origin: "javascript:alert(1)" })],
  ["no validity", sample({ validity: Number.NaN })],
  ["two categories in one slot", sample({ categories: [first, { ...(second as object), slot: 0 } as never] })],
  ["a slot beyond exact numbers", sample({ categories: [{ ...(first as object), slot: 53 } as never] })],
  ["a category key with a space", sample({ categories: [{ ...(first as object), key: "a b" } as never] })],
  ["no texts", sample({ texts: undefined as never })],
  ["no colours", sample({ appearance: {} as never })],
];
for (const [what, value] of odd) {
  test(`${what} gives no banner`, () => assert.equal(parseConfig(value), undefined));
}

test("no value at all makes it throw", () => {
  fc.assert(fc.property(fc.anything(), (value) => parseConfig(value) === undefined));
});

test("a service without a bit of its own is left out", () => {
  const services = [{ key: "late", slot: 53, category: "advertising", name: "Late" }];
  assert.deepEqual(parseConfig(sample({ services }))?.services, []);
});
