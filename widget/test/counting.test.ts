import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { count } from "../src/counting.ts";
import type { Page } from "../src/fragment.ts";

type Sent = [path: string, message: { event: string }, ...more: unknown[]];

const browser = globalThis as unknown as Record<string, unknown>;
let sent: Sent[];
let waiting: (() => void)[];

beforeEach(() => {
  sent = [];
  waiting = [];
  browser.requestAnimationFrame = (work: () => void) => waiting.push(work);
  mock.timers.enable({ apis: ["Date"], now: 1_000 });
});
afterEach(() => mock.timers.reset());

/** Lets four frames be painted, and what is asked for in them be answered. */
async function paint() {
  for (let frame = 0; frame < 4; frame++) for (const work of waiting.splice(0)) work();
  await new Promise(setImmediate);
}

/** A page that counts: the widget's own events, and what a visitor chooses. */
function counting(state: { ask?: unknown; objects?: boolean; away?: boolean } = { ask: [] }) {
  const listeners: Record<string, () => void> = {};
  const elements: Record<string, unknown> = { body: {}, banner: {} };
  let click!: (event: unknown) => void;
  browser.document = {
    get body() {
      return elements.body;
    },
    querySelector: () => elements.banner,
    addEventListener: (_event: string, listener: (event: unknown) => void) => (click = listener),
  };
  const session = {
    _ask: () => state.ask,
    _choose(action: string) {
      if (action === "unknown") throw RangeError(action);
      state.ask = undefined;
      return { choices: {} };
    },
  };
  const page = [
    session,
    (event: string, listener: () => void) => (listeners[event] = listener),
    (work: () => void) => waiting.push(work),
    (...call: Sent) => (sent.push(call), Promise.reject(new Error("away"))),
    () => (state.away ? Promise.reject(new Error("away")) : Promise.resolve({})),
    () => !!state.objects,
  ];
  count(...(page as unknown as Page));
  return {
    emit: (event: string) => listeners[event]?.(),
    choose: (...chosen: string[]) => (session._choose as (...chosen: string[]) => unknown)(...chosen),
    click: (selector: string) =>
      click({ composedPath: () => [{ matches: (asked: string) => asked.includes(selector) }, {}] }),
    elements,
  };
}

const events = () => sent.map(([, { event }]) => event);
/** As the server gets them, besides the version and the language. */
const messages = () => sent.map(([, message]) => JSON.parse(JSON.stringify(message)) as unknown);

test("a message says what happened, and nothing about whom", async () => {
  const page = counting();
  page.emit("show");
  await paint();
  assert.deepEqual(messages(), [{ event: "shown" }]);
  const [path, , ...more] = sent[0] as Sent;
  assert.deepEqual([path, more], ["events", []]);
});

test("nothing is sent before what the visitor sees is painted", async () => {
  const page = counting();
  page.emit("show");
  await new Promise(setImmediate);
  assert.deepEqual(sent, []);
  waiting.shift()?.();
  await new Promise(setImmediate);
  assert.deepEqual(sent, []);
});

test("the banner is counted once on a page, and only where it asks", async () => {
  const asking = counting();
  asking.emit("show");
  await paint();
  asking.emit("show");
  await paint();
  assert.deepEqual(events(), ["shown"]);
  const decided = counting({});
  decided.emit("show");
  await paint();
  assert.deepEqual(events(), ["shown"]);
});

test("a banner counts when it is on the page, which may get its body later", async () => {
  const page = counting();
  page.elements.body = page.elements.banner = undefined;
  page.emit("show");
  await paint();
  assert.deepEqual(events(), []);
  page.elements.body = {};
  page.elements.banner = {};
  await paint();
  await paint();
  assert.deepEqual(events(), ["shown"]);
});

test("a banner that has gone before it was seen does not count", async () => {
  const page = counting();
  page.emit("show");
  page.elements.banner = undefined;
  await paint();
  assert.deepEqual([events(), waiting], [[], []]);
});

for (const [seconds, after] of [
  [0, "0-3s"],
  [2.9, "0-3s"],
  [3, "3-10s"],
  [10, "10-30s"],
  [30, "30s+"],
  [9000, "30s+"],
] as const) {
  test(`an answer after ${seconds} seconds says ${after} and no more`, async () => {
    const page = counting();
    page.emit("show");
    await paint();
    mock.timers.tick(seconds * 1000);
    page.choose("accept_all", "banner");
    page.emit("hide");
    await paint();
    assert.deepEqual(messages().slice(1), [{ event: "accept_all", after }]);
  });
}

for (const [action, source, event] of [
  ["accept_all", "settings", "accept_all"],
  ["reject_all", "api", "reject_all"],
  ["save", "settings", "save"],
  ["withdraw", "settings", "withdrawn"],
  ["save", "placeholder", "placeholder"],
] as const) {
  test(`${action} on ${source} is counted as ${event}, without a time where no banner was seen`, async () => {
    const page = counting({});
    assert.deepEqual(page.choose(action, source), { choices: {} });
    assert.deepEqual(sent, []);
    await paint();
    assert.deepEqual(messages(), [{ event }]);
  });
}

test("what is no choice is not counted", async () => {
  const page = counting();
  assert.throws(() => page.choose("unknown", "api"), RangeError);
  await paint();
  assert.deepEqual(sent, []);
});

test("a banner that goes without an answer was closed", async () => {
  const page = counting();
  page.emit("show");
  await paint();
  page.emit("hide");
  await paint();
  assert.deepEqual(events(), ["shown", "closed"]);
});

test("opening the settings is counted, by the banner's button and by the page's own link", async () => {
  const page = counting();
  page.click("[data-consent-open]");
  page.click("[data-samtykke-action=settings]");
  page.click("[data-samtykke-action=save]");
  await new Promise(setImmediate);
  await paint();
  assert.deepEqual(events(), ["settings_opened", "settings_opened"]);
});

test("settings that could not be fetched are counted", async () => {
  const page = counting({ away: true });
  page.click("[data-consent-open]");
  await new Promise(setImmediate);
  await paint();
  assert.deepEqual(events(), ["failed", "settings_opened"]);
});

test("a browser that objects for its user is counted where it is asked all the same", async () => {
  counting({ ask: [], objects: true }).emit("show");
  await paint();
  assert.deepEqual(events(), ["shown", "signal"]);
});
