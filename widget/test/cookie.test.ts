import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DAY, has, type Decision } from "../src/consent.ts";
import { decode, encode, newest, writeCookie } from "../src/cookie.ts";
import { widestDomain } from "../src/domain.ts";
import { NOW, VISITOR } from "./sample.ts";

const decision = (changes: Partial<Decision> = {}): Decision => ({
  version: 3,
  _granted: 5,
  _allowed: 0,
  _refused: 0,
  _at: NOW,
  visitor: VISITOR,
  ...changes,
});
const mask = fc.nat(2 ** 30);
const letter = fc.constantFrom(..."abcXYZ019-_");
const visitor = fc.array(letter, { minLength: 22, maxLength: 22 }).map((letters) => letters.join(""));
const any = fc.record({
  version: fc.integer({ min: 1, max: 46_655 }),
  _granted: fc.nat(255),
  _allowed: mask,
  _refused: mask,
  _at: fc.integer({ min: 1_600_000_000, max: NOW }),
  visitor,
  _wait: fc.boolean(),
});

test("what is written is read back, but for single grants that do not fit", () => {
  fc.assert(
    fc.property(any, (one) => {
      const back = decode(encode(one), NOW);
      assert.ok(back);
      assert.deepEqual({ ...back, _allowed: one._allowed }, { ...one });
      assert.ok(back._allowed === one._allowed || back._allowed === 0);
    }),
  );
});

test("name and value are at most 64 bytes", () => {
  fc.assert(fc.property(any, (one) => `samtykke=${encode(one)}`.length <= 64));
  assert.equal(encode(decision({ _allowed: 2 ** 52, _refused: 2 ** 52 })).length <= 55, true);
});

test("a decision that waits to be sent is the same decision", () => {
  const [sent, waits] = [encode(decision()), encode(decision({ _wait: true }))];
  assert.deepEqual([sent[0], waits[0], waits.slice(1)], ["1", "2", sent.slice(1)]);
  assert.deepEqual(decode(waits, NOW), { ...decode(sent, NOW), _wait: true });
});

test("anything else is no decision", () => {
  const good = encode(decision());
  const odd = [
    "",
    "%",
    good + ".",
    good.slice(0, -1),
    good.replace("1.", "3."),
    good.replace("1.", "12."),
    good.replace("1.", "0."),
    good.replace("1.3", "1.03"),
    good.replace("1.3", "1.0"),
    good.replace(".5.", ".-5."),
    good.toUpperCase(),
    good.replace("..", ".+.."),
    good.replace("..", ".-1+1."),
    "x".repeat(4096),
  ];
  for (const value of odd) assert.equal(decode(value, NOW), undefined, value);
  fc.assert(fc.property(fc.string(), (value) => decode(value, NOW) === undefined));
});

test("a decision of more than a day to come is not believed", () => {
  assert.ok(decode(encode(decision({ _at: NOW + DAY - 1 })), NOW));
  assert.equal(decode(encode(decision({ _at: NOW + DAY })), NOW), undefined);
});

test("of several cookies the newest valid one counts", () => {
  const [old, fresh] = [decision({ _at: NOW - 9 }), decision({ _at: NOW - 1, _granted: 0 })].map(encode);
  const cookies = `a=b; samtykke=junk; samtykke=${fresh}; samtykke=${old}; samtykkex=${old}; samtykke`;
  assert.equal(newest(cookies, NOW)?._granted, 0);
  assert.equal(newest("a=b", NOW), undefined);
});

test("slots above 31 keep their own bit", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(52)), (slots) => {
      const all = slots.reduce((sum, slot) => sum + 2 ** slot, 0);
      return Array.from({ length: 53 }, (_, slot) => slot).every((slot) => has(all, slot) === slots.includes(slot));
    }),
  );
});

/** A browser that takes cookies for `domain` and below, on a page at `hostname`; several of one name may exist. */
function browse(hostname: string, accepts: (domain: string) => boolean): Map<string, string> {
  const jar = new Map<string, string>();
  const document = {
    URL: `https://${hostname}/`,
    get cookie() {
      return [...jar].map(([key, value]) => `${key.split("@")[0]}=${value}`).join("; ");
    },
    set cookie(text: string) {
      const [pair = "", ...attributes] = text.split(";");
      const [name = "", value = ""] = pair.split("=");
      const attribute = (key: string) => attributes.find((each) => each.startsWith(key + "="))?.slice(key.length + 1);
      const domain = attribute("domain") ?? "";
      if (domain && !accepts(domain)) return;
      if (attribute("max-age") === "0") jar.delete(`${name}@${domain}`);
      else jar.set(`${name}@${domain}`, value);
    },
  };
  Object.assign(globalThis, { document, location: { hostname } });
  return jar;
}

test("a site-wide cookie goes to the widest domain that the browser takes, and its twin goes away", () => {
  const jar = browse("www.shop.example.co.uk", (domain) => domain.endsWith("example.co.uk"));
  writeCookie("one", 60, "");
  assert.deepEqual([...jar.keys()], ["samtykke@"]);
  writeCookie("two", 60, widestDomain());
  assert.deepEqual([...jar], [["samtykke@example.co.uk", "two"]]);
});

test("where only the host takes a cookie, the host keeps it", () => {
  const jar = browse("localhost", () => false);
  writeCookie("one", 60, widestDomain());
  assert.deepEqual([...jar], [["samtykke@", "one"]]);
});
