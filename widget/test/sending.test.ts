import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { watchLeaving } from "../src/leaving.ts";
import { sender } from "../src/sending.ts";
import { sample } from "./sample.ts";

const page = new EventTarget();
Object.defineProperty(globalThis, "addEventListener", { value: page.addEventListener.bind(page) });
watchLeaving(() => {});

/** Sends a decision and returns the path of the request, and whether cookies may go with it. */
async function sent(http: boolean) {
  const post = mock.fn((_path: string, _message: object, _included?: boolean) =>
    Promise.resolve(Response.json({}, { status: 201 })),
  );
  const { signal } = new AbortController();
  await sender(sample({ http, domain: "example.no" }), post)({ id: "a", decided_at: "" }, signal);
  const [path, , included] = post.mock.calls[0]!.arguments;
  return [path, !!included];
}

test("a server on the page's own domain is asked to set the cookie", async () => {
  assert.deepEqual(await sent(true), ["decisions?cookie=example.no", true]);
});

test("any other server gets no cookie", async () => {
  assert.deepEqual(await sent(false), ["decisions", false]);
});

test("a page that unloads asks for no cookie, since it will not get the answer to its decision", async () => {
  page.dispatchEvent(new Event("pagehide"));
  assert.deepEqual(await sent(true), ["decisions", false]);
  page.dispatchEvent(new Event("pageshow"));
  assert.deepEqual(await sent(true), ["decisions?cookie=example.no", true]);
});
