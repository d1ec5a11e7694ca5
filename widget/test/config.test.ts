import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Config } from "../src/config.ts";
import { choose, permitted, remember } from "../src/consent.ts";
import { decode, encode } from "../src/cookie.ts";
import { NOW, sample, VISITOR } from "./sample.ts";

const odd = fc.constantFrom<unknown>(Number.NaN, undefined, null, "x", {}, -1, 0.5);

test("odd numbers in a configuration never allow what the visitor refused", () => {
  const changes = fc.record({ slot: odd, since: odd, validity: odd, refusal: odd });
  fc.assert(
    fc.property(changes, fc.boolean(), ({ slot, since, validity, refusal }, statistics) => {
      const [first, second, third] = sample().categories;
      const categories = [{ ...first, slot, since }, second, third] as never;
      const config = sample({ categories, validity, refusal } as Partial<Config>);
      const choice = choose(config, undefined, "save", { statistics }, NOW);
      const read = decode(encode(remember(config, choice, NOW, VISITOR)), NOW);
      for (const key of ["functional", "advertising", ...(statistics ? [] : ["statistics"])]) {
        assert.equal(permitted(config, read, NOW).get(key), false);
      }
    }),
  );
});

test("a slot between two others is in no set", () => {
  const [first, ...others] = sample().categories;
  const config = sample({ categories: [{ ...first, slot: 0.5 }, ...others] as never });
  const choice = choose(config, undefined, "save", { statistics: true }, NOW);
  const read = decode(encode(remember(config, choice, NOW, VISITOR)), NOW);
  assert.equal(permitted(config, read, NOW).get("functional"), false);
  assert.equal(permitted(config, read, NOW).get("statistics"), true);
});

test("a validity that is no number allows nothing", () => {
  const config = sample({ validity: Number.NaN });
  const choice = choose(config, undefined, "accept_all", {}, NOW);
  const read = decode(encode(remember(config, choice, NOW, VISITOR)), NOW);
  assert.equal(permitted(config, read, NOW).get("statistics"), false);
});
