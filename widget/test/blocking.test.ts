import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { listed } from "../src/blocking/addresses.ts";
import { owners } from "../src/blocking/hosts.ts";
import type { Owner } from "../src/config.ts";

const SERVICES: Owner[] = [
  ["video", ["video.example", "*.video.example"]],
  ["ads", ["ads.example", "cdn.video.example"]],
];
const PAGE = "https://www.shop.example/list/";
const OWN = [PAGE, "https://consent.example"];
const of = (address: string) => owners(SERVICES, address, PAGE, ...OWN);

const table: [string, string[]][] = [
  ["https://video.example/embed/1", ["video"]],
  ["//www.video.example/", ["video"]],
  ["http://ADS.example:8080/x.js", ["ads"]],
  ["https://cdn.video.example/", ["video", "ads"]],
  ["https://notvideo.example/", []],
  ["https://video.example.evil.example/", []],
  ["/video.example/x.js", []],
  ["data:text/javascript,1", []],
  ["blob:https://video.example/1", []],
  ["https://[", []],
  ["", []],
];
for (const [address, expected] of table) {
  test(`${address || "no address"} belongs to ${expected.join(" and ") || "nobody"}`, () => {
    assert.deepEqual(of(address), expected);
  });
}

test("the page's own host and the consent server's are never held back", () => {
  const greedy: Owner[] = [["all", ["www.shop.example", "consent.example", "*.example"]]];
  assert.deepEqual(owners(greedy, "own.js", PAGE, ...OWN), []);
  assert.deepEqual(owners(greedy, "https://consent.example/w/x.js", PAGE, ...OWN), []);
});

test("whatever is given as an address, nothing is thrown", () => {
  fc.assert(fc.property(fc.string(), (address) => Array.isArray(of(address))));
});

const paths: Owner[] = [
  ["necessary", ["www.google.example/recaptcha", "*.payments.example", "cdn.example/pay/form.js"]],
  ["maps", ["www.google.example/maps", "*.payments.example/tracking"]],
  ["search", ["www.google.example"]],
  ["ads", ["*.google.example", "wallet.payments.example", "cdn.example/pay"]],
];
const cases: [string, string[]][] = [
  ["https://www.google.example/recaptcha/api.js?render=explicit", []],
  ["https://www.google.example/recaptcha", []],
  ["https://www.google.example/recaptcha2/api.js", ["search", "ads"]],
  ["https://www.google.example/maps?q=Oslo", ["maps"]],
  ["https://www.google.example/maps/embed#here", ["maps"]],
  ["https://www.google.example/Maps/embed", ["search", "ads"]],
  ["https://www.google.example/recaptcha/../maps/embed", ["maps"]],
  ["https://www.google.example", ["search", "ads"]],
  ["https://ads.google.example/maps", ["ads"]],
  ["https://cdn.payments.example/x.js", []],
  ["https://cdn.payments.example/tracking/x.js", ["maps"]],
  ["https://wallet.payments.example/x.js", ["ads"]],
  ["https://cdn.example/pay/form.js?v=2", []],
  ["https://cdn.example/pay/other.js", ["ads"]],
  ["https://cdn.example/other.js", []],
];
for (const [address, expected] of cases) {
  test(`${address} waits for ${expected.join(" and ") || "nobody"} where hosts have paths`, () => {
    assert.deepEqual(owners(paths, address, PAGE, ...OWN), expected);
  });
}

test("an address is relative to the page's base, and own by the page's host", () => {
  const of = (address: string) => owners(SERVICES, address, "https://video.example/player/", ...OWN);
  assert.deepEqual(of("player.js"), ["video"]);
  assert.deepEqual(of("https://www.shop.example/player.js"), []);
  assert.deepEqual(of(""), []);
});

const segment = fc.constantFrom("a", "b", "ab", "js");
const path = fc.array(segment, { maxLength: 4 }).map((segments) => segments.map((each) => "/" + each).join(""));
const host = fc.constantFrom("a.example", "b.a.example", "c.b.a.example");
const pattern = fc.tuple(fc.constantFrom(host, host.map((each) => "*." + each)).chain((each) => each), path);
const written = pattern.map((parts) => parts.join(""));
const address = fc.tuple(host, path, fc.constantFrom("", "?a=/b", "#/a/b", "/", "/x"));
const service = fc.tuple(fc.constantFrom("necessary", "one", "two", "three"), fc.array(written, { minLength: 1, maxLength: 3 }));
const services = fc.uniqueArray(service, { maxLength: 4, selector: ([key]) => key });
const asked = ([name, below, end]: readonly string[]) => `https://${name}${below}${end}`;

/** The same rule, written otherwise: host and segments one by one. */
function covers(each: string, url: URL): boolean {
  const [name, ...wanted] = each.split("/") as [string, ...string[]];
  const named = name.startsWith("*.") ? url.hostname.endsWith(name.slice(1)) : url.hostname === name;
  return named && wanted.every((segment, index) => url.pathname.split("/")[index + 1] === segment);
}

test("exactly the services that cover an address with the longest path may hold it back", () => {
  fc.assert(
    fc.property(services, address, (declared, where) => {
      const url = new URL(asked(where));
      const found = owners(declared, url.href, PAGE, ...OWN);
      const depth = (hosts: readonly string[]) =>
        Math.max(-1, ...hosts.filter((each) => covers(each, url)).map((each) => each.replace(/^[^/]*/, "").length));
      const most = Math.max(-1, ...declared.map(([, hosts]) => depth(hosts)));
      const all = declared.filter(([, hosts]) => most >= 0 && depth(hosts) === most).map(([key]) => key);
      if (found.length) assert.deepEqual(found, all.filter((key) => key !== "necessary"));
      // Nobody holds it back: nobody declares it so exactly, or a necessary service does.
      else assert.ok(!all.length || all.includes("necessary"));
    }),
  );
});

test("a necessary service frees nothing that its own hosts do not cover", () => {
  fc.assert(
    fc.property(services, written, address, (declared, needed, where) => {
      const optional = declared.filter(([key]) => key !== "necessary");
      const url = new URL(asked(where));
      const without = owners(optional, url.href, PAGE, ...OWN);
      const withIt = owners([...optional, ["necessary", [needed]]], url.href, PAGE, ...OWN);
      if (!covers(needed, url)) assert.deepEqual(withIt, without);
      else assert.ok(withIt.length === 0 || withIt.join() === without.join());
    }),
  );
});

test("neither the order of the services nor query and fragment of an address change whose it is", () => {
  fc.assert(
    fc.property(services, host, path, fc.webQueryParameters(), (declared, name, below, query) => {
      const found = owners(declared, `https://${name}${below}`, PAGE, ...OWN);
      const turned = owners([...declared].reverse(), `https://${name}${below}?${query}#${below}`, PAGE, ...OWN);
      assert.deepEqual(turned.reverse(), found);
    }),
  );
});

const candidates: [string, string[]][] = [
  ["https://a.example/1.gif", ["https://a.example/1.gif"]],
  ["a.gif 1x, b.gif 2x", ["a.gif", "b.gif", ""]],
  ["\n a.gif 320w,\n b.gif 640w\n", ["a.gif", "b.gif", ""]],
  ["a.gif, b.gif 2x", ["a.gif", "b.gif", ""]],
];
for (const [value, addresses] of candidates) {
  test(`the addresses in the srcset ${JSON.stringify(value)} are found`, () => {
    assert.deepEqual(listed("srcset", value), addresses);
    assert.deepEqual(listed("src", value), [value]);
  });
}
