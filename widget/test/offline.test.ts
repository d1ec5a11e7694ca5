import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchFrom } from "../src/offline.ts";

const PAGE = "file:///home/auditor/banner.html";
const FILES = { "/w/shop/abc/banner-en.json": '{"language":"en"}' };

test("a file that the page keeps is answered without asking, wherever its server was", async () => {
  const fetched = fetchFrom(FILES, () => assert.fail("the network was asked"), PAGE);

  const answer = await fetched("https://consent.example.no/w/shop/abc/banner-en.json", { credentials: "omit" });

  assert.deepEqual(await answer.json(), { language: "en" });
});

test("anything else is asked for as before", async () => {
  const asked: unknown[] = [];
  const ask: typeof fetch = async (...request) => {
    asked.push(request);
    return new Response("from the server");
  };

  const answer = await fetchFrom(FILES, ask, PAGE)("https://consent.example.no/log/key", { method: "POST" });

  assert.equal(await answer.text(), "from the server");
  assert.deepEqual(asked, [["https://consent.example.no/log/key", { method: "POST" }]]);
});
