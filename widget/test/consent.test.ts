import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { choose, DAY, mustAsk, permitted, remember, type Consent, type Permissions, type Requested } from "../src/consent.ts";
import { iso, snapshot } from "../src/snapshot.ts";
import { NOW, sample, VISITOR } from "./sample.ts";

const rules = sample();
const keys = rules.categories.map(({ key }) => key);
const decided = (wanted: Record<string, boolean>, before: Consent = undefined, at = NOW): Consent =>
  remember(rules, choose(rules, before, "save", wanted, at), at, VISITOR);
const [everything, nothing] = (["accept_all", "reject_all"] as const).map((action) =>
  remember(rules, choose(rules, undefined, action, {}, NOW), NOW, VISITOR),
);
/** The keys of what may run. */
const allowed = (permissions: Permissions) => [...permissions.keys()].filter((key) => permissions.get(key));
const allBut = (key: string) => decided(Object.fromEntries(keys.map((each) => [each, each !== key])));
/** The rules after `key` has grown in version 4. */
const grown = (key: string) =>
  sample({ version: 4, categories: rules.categories.map((each) => (each.key === key ? { ...each, since: 4 } : each)) });
/** The rules after a category was added in version 4. */
const social = { key: "social", slot: 3, since: 4, added: 4, name: "Sosiale medier" };
const added = sample({ version: 4, categories: [...rules.categories, social] });

test("before a decision nothing but the necessary is allowed", () => {
  assert.deepEqual(allowed(permitted(rules, undefined, NOW)), ["necessary", "login"]);
});

test("each category is allowed exactly as it was chosen", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (flags) => {
      const wanted = Object.fromEntries(keys.map((key, index) => [key, flags[index] === true]));
      return keys.every((key) => permitted(rules, decided(wanted), NOW).get(key) === wanted[key]);
    }),
  );
});

test("a service follows its category unless it was decided by name", () => {
  const may = (consent: Consent) => allowed(permitted(rules, consent, NOW));
  assert.deepEqual(may(everything), ["necessary", "login", ...keys, "youtube", "matomo"]);
  assert.deepEqual(may(nothing), ["necessary", "login"]);
  assert.deepEqual(may(decided({ youtube: true })), ["necessary", "login", "youtube"]);
  assert.deepEqual(may(decided({ advertising: true, youtube: false })), ["necessary", "login", "advertising"]);
});

test("a necessary service is allowed before any decision, and after a refusal", () => {
  for (const consent of [undefined, nothing]) assert.ok(permitted(rules, consent, NOW).get("login"));
  assert.deepEqual(choose(rules, nothing, "save", { login: false }, NOW).services, {});
});

test("naming a category decides its services, naming another one does not", () => {
  const only = decided({ youtube: true });
  assert.equal(permitted(rules, decided({ statistics: true }, only), NOW).get("youtube"), true);
  assert.equal(permitted(rules, decided({ advertising: false }, only), NOW).get("youtube"), false);
});

test("a grant lapses after its validity, also for what a later save leaves unchanged", () => {
  const last = NOW + 365 * DAY;
  assert.equal(permitted(rules, everything, last - 1).get("statistics"), true);
  assert.equal(permitted(rules, everything, last).get("statistics"), false);
  assert.equal(permitted(rules, decided({ functional: true }, everything, last), last).get("statistics"), false);
});

test("a service that came later is not covered by an older decision", () => {
  const services = [{ key: "youtube", slot: 0, category: "advertising", name: "YouTube", since: 4 }];
  assert.equal(permitted(sample({ services }), everything, NOW).get("youtube"), false);
});

const names = (ask: ReturnType<typeof mustAsk>) => ask?.map(({ key }) => key);
const table: [string, ReturnType<typeof sample>, Consent, number, string[] | undefined][] = [
  ["undecided", rules, undefined, 0, []],
  ["accepted, the day after", rules, everything, 1, undefined],
  ["accepted, when it expires", rules, everything, 365, []],
  ["accepted with a short validity", sample({ validity: 30 }), everything, 30, []],
  ["refused, within the pause", rules, nothing, 181, undefined],
  ["refused, after the pause but within the validity", rules, nothing, 364, undefined],
  ["refused, after both", rules, nothing, 365, []],
  ["refused with a short validity", sample({ validity: 30 }), nothing, 181, undefined],
  ["refused with a short validity, after the pause", sample({ validity: 30 }), nothing, 182, []],
  ["refused one, with a short validity", sample({ validity: 30 }), decided({ functional: true }), 181, undefined],
  ["an accepted category grew", grown("statistics"), everything, 1, ["statistics"]],
  ["one of some accepted grew", grown("statistics"), decided({ statistics: true }), 1, ["statistics"]],
  ["a refused category grew", grown("advertising"), decided({ statistics: true }), 1, undefined],
  ["a category grew after a refusal of all", grown("statistics"), nothing, 181, undefined],
  ["a category grew, long after a refusal of all", grown("statistics"), nothing, 182, ["statistics"]],
  ["a new category after accepting all", added, everything, 1, ["social"]],
  ["a new category after a refusal", added, nothing, 1, undefined],
  ["a new category, long after a refusal", added, nothing, 182, ["social"]],
  ["a new category after refusing some", added, decided({ statistics: true }), 1, ["social"]],
  ["the only refused category grew", grown("advertising"), allBut("advertising"), 1, undefined],
  ["the only refused category grew, long after", grown("advertising"), allBut("advertising"), 182, ["advertising"]],
];
for (const [what, given, consent, days, expected] of table) {
  test(`${what}: ${expected ? "asked" : "left in peace"}`, () => {
    assert.deepEqual(names(mustAsk(given, consent, NOW + days * DAY)), expected);
  });
}

test("a grown category is denied until it was asked about, the others stay", () => {
  const rulesNow = grown("statistics");
  assert.equal(permitted(rulesNow, everything, NOW).get("statistics"), false);
  assert.equal(permitted(rulesNow, everything, NOW).get("functional"), true);
});

test("a record names every optional category and only services that differ", () => {
  assert.deepEqual(choose(rules, undefined, "save", { statistics: true, matomo: true, youtube: true }, NOW), {
    choices: { functional: false, statistics: true, advertising: false },
    services: { youtube: true },
  });
  for (const action of ["reject_all", "withdraw"] as const) {
    assert.deepEqual(choose(rules, everything, action, { youtube: true }, NOW), {
      choices: { functional: false, statistics: false, advertising: false },
      services: {},
    });
  }
});

test("the page sees a frozen state", () => {
  const before = snapshot(rules, undefined, permitted(rules, undefined, NOW), false, () => false);
  assert.deepEqual([before.decided, before.version, before.decidedAt, before.source], [false, null, null, null]);
  const after = snapshot(rules, everything, permitted(rules, everything, NOW), true, "banner");
  assert.ok(Object.isFrozen(after) && Object.isFrozen(after.services));
  assert.deepEqual([after.decided, after["statistics"], after.services["youtube"]], [true, true, true]);
  assert.equal(after.decidedAt, iso(NOW));
  assert.match(iso(NOW), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test("nothing is decided on a category or service that the banner does not have", () => {
  for (const wanted of [{ vimeo: true }, { statistics: true, reklame: true }, { reklame: false }]) {
    const [key] = Object.keys(wanted).slice(-1);
    const expected = { name: "RangeError", message: `samtykke: no category or service "${key}"` };
    assert.throws(() => choose(rules, undefined, "save", wanted, NOW), expected);
  }
  assert.equal(choose(rules, undefined, "save", { necessary: true, statistics: true }, NOW).choices["statistics"], true);
});

test("nothing is decided by a value that is not boolean", () => {
  for (const value of ["false", "no", 0, 1, null, {}, [], undefined]) {
    const wanted = { functional: true, statistics: value } as unknown as Requested;
    const expected = { name: "TypeError", message: 'samtykke: "statistics" is not boolean' };
    assert.throws(() => choose(rules, undefined, "save", wanted, NOW), expected);
  }
});

test("whatever is pressed is allowed afterwards", () => {
  const named = fc.subarray([...keys, ...rules.services.map(({ key }) => key)], { minLength: 1 });
  fc.assert(
    fc.property(named, named, (pressed, before) => {
      const all = (some: string[]) => Object.fromEntries(some.map((key) => [key, true]));
      const after = permitted(rules, decided(all(pressed), decided(all(before))), NOW);
      return pressed.every((key) => after.get(key));
    }),
  );
});
