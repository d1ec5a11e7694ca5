import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "../src/config.ts";
import { sample } from "./sample.ts";

test("a valid configuration is taken as it is", () => {
  assert.deepEqual(parseConfig(sample()), sample());
});

const [first] = sample().categories as [never];
const odd: [string, unknown][] = [
  ["no version", sample({ version: 0 })],
  ["half a version", sample({ version: 1.5 })],
  ["no validity", sample({ validity: Number.NaN })],
  ["a slot beyond exact numbers", sample({ categories: [{ ...(first as object), slot: 53 } as never] })],
];
for (const [what, value] of odd) {
  test(`${what} gives no banner`, () => assert.equal(parseConfig(value), undefined));
}

test("what is not a configuration never becomes one", () => {
  const parse = (value: unknown) => {
    try {
      return parseConfig(value);
    } catch {
      return undefined;
    }
  };
  fc.assert(fc.property(fc.anything(), (value) => parse(value) === undefined));
});

test("a service without a bit of its own is left out", () => {
  const services = [{ key: "late", slot: 53, category: "advertising", name: "Late" }];
  assert.deepEqual(parseConfig(sample({ services }))?.services, []);
});
