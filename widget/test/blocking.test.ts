import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { owners, type Owner } from "../src/blocking/hosts.ts";

const SERVICES: Owner[] = [
  ["video", ["video.example", "*.video.example"]],
  ["ads", ["ads.example", "cdn.video.example"]],
];
const PAGE = "https://www.shop.example/list/";
const of = (address: string) => owners(SERVICES, address, PAGE, "https://consent.example");

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
  assert.deepEqual(owners(greedy, "own.js", PAGE, "https://consent.example"), []);
  assert.deepEqual(owners(greedy, "https://consent.example/w/x.js", PAGE, "https://consent.example"), []);
});

test("whatever is given as an address, nothing is thrown", () => {
  fc.assert(fc.property(fc.string(), (address) => Array.isArray(of(address))));
});
