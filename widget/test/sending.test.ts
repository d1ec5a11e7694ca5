import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { watchLeaving } from "../src/leaving.ts";
import { sender } from "../src/sending.ts";
import { sample } from "./sample.ts";

const page = new EventTarget();
Object.defineProperty(globalThis, "addEventListener", { value: page.addEventListener.bind(page) });
watchLeaving(() => {});

/** Sends a decision and returns the address and the credentials of the request. */
async function sent(http: boolean) {
  const asked = mock.method(globalThis, "fetch", () => Promise.resolve(Response.json({}, { status: 201 })));
  const { signal } = new AbortController();
  await sender(sample({ http, domain: "example.no" }))({ id: "a", decided_at: "" }, signal);
  const [address, options] = (asked.mock.calls as unknown as { arguments: [string, RequestInit] }[])[0]!.arguments;
  mock.reset();
  return [new URL(address).search, options.credentials];
}

test("a server on the page's own domain is asked to set the cookie", async () => {
  assert.deepEqual(await sent(true), ["?cookie=example.no", "include"]);
});

test("any other server gets no cookie", async () => {
  assert.deepEqual(await sent(false), ["", "omit"]);
});

test("a page that unloads asks for no cookie, since it will not get the answer to its decision", async () => {
  page.dispatchEvent(new Event("pagehide"));
  assert.deepEqual(await sent(true), ["", "omit"]);
  page.dispatchEvent(new Event("pageshow"));
  assert.deepEqual(await sent(true), ["?cookie=example.no", "include"]);
});
