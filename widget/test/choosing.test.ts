import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { chosen, randomByte } from "../src/choosing.ts";
import { choosing } from "../src/offline.ts";

test("of all bytes, half choose each of two variants", () => {
  const times = { a: 0, b: 0 };
  for (let byte = 0; byte < 256; byte++) times[chosen(["a", "b"] as const, byte)]++;
  assert.deepEqual(times, { a: 128, b: 128 });
});

test("the byte is asked of the browser's generator, once", () => {
  const asked: number[] = [];
  const source = { getRandomValues: (array: Uint8Array) => (asked.push(array.length), array.fill(7)) };
  assert.equal(randomByte(source as unknown as Crypto), 7);
  assert.deepEqual(asked, [1]);
});

test("a page without its server shows the variant that it is told, and all else stays random", () => {
  const random = choosing(1, webcrypto.getRandomValues.bind(webcrypto) as Crypto["getRandomValues"]);
  assert.equal(randomByte({ getRandomValues: random }), 1);
  const [one, other] = [random(new Uint8Array(16)), random(new Uint8Array(16))];
  assert.notDeepEqual(one, other);
});
