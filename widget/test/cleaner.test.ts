import assert from "node:assert/strict";
import { test } from "node:test";
import { domains, paths, pattern } from "../src/cleaner.ts";

test("a star stands for any characters and everything else for itself", () => {
  assert.ok(pattern("_ga_*").test("_ga_ABC123"));
  assert.ok(pattern("*").test("anything"));
  assert.ok(!pattern("_ga").test("_ga_ABC123"));
  assert.ok(!pattern("a.b").test("axb"));
  assert.ok(pattern("a.b|c[1]").test("a.b|c[1]"));
});

test("every parent of the host is tried as a domain, and none", () => {
  assert.deepEqual(domains("www.shop.example.no"), [
    "",
    ";domain=www.shop.example.no",
    ";domain=shop.example.no",
    ";domain=example.no",
    ";domain=no",
  ]);
});

test("every folder of the path is tried, with and without a slash at its end", () => {
  assert.deepEqual(paths("/"), ["/"]);
  assert.deepEqual(paths("/a/b"), ["/", "/a/", "/a", "/a/b"]);
  assert.deepEqual(paths("/a/b/"), ["/", "/a/", "/a", "/a/b/", "/a/b"]);
});
