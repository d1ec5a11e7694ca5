import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { createQueue, storageKey, type Answer, type Message } from "../src/queue.ts";

const KEY = storageKey("demo");
const PATIENCE = 30;
const message = (id: string): Message => ({ id, decided_at: "1970-01-01T00:00:00Z" });

/** Lets all promises that are due come in. */
const settle = () => new Promise((done) => setImmediate(done));

beforeEach(() => {
  mock.reset();
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date", "setTimeout"] });
  mock.method(Math, "random", () => 0);
  browser({});
});

/** What this browser has beside a storage. */
const browser = (navigator: object) =>
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });

/** Locks as browsers have them: who asks for a name waits for those who asked before. */
function locks() {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_: string, work: () => unknown) => (last = last.then(work, work));
  browser({ locks: { request } });
  return {
    hold: () => new Promise<() => void>((held) => void request("", () => new Promise<void>((done) => held(done)))),
  };
}

/** A server's answers in turn, and this browser's storage. */
function surroundings(answers: (number | Partial<Answer>)[]) {
  const sent: string[] = [];
  const storage = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
  };
  Object.defineProperty(globalThis, "localStorage", { value: localStorage, configurable: true });
  const send = async ({ id }: Message): Promise<Answer> => {
    sent.push(id);
    const next = answers.shift() ?? 201;
    if (next === 0) throw new TypeError("offline");
    return { _wait: 0, ...(typeof next === "number" ? { _status: next } : { _status: 503, ...next }) };
  };
  const settled = mock.fn();
  const pass = async (milliseconds: number) => {
    mock.timers.tick(milliseconds);
    await settle();
  };
  const create = () => createQueue(KEY, PATIENCE, send, settled);
  const stored = (): Message[] => (JSON.parse(storage.get(KEY) ?? '{"items":[]}') as { items: Message[] }).items;
  return { create, sent, storage, stored, settled, pass };
}

test("a decision is sent once and then forgotten, but for its number", async () => {
  const { create, sent } = surroundings([{ _status: 201, _number: "N-1" }]);
  const queue = create();
  queue._enqueue(message("a"));
  await settle();
  await queue._flush();
  assert.deepEqual(sent, ["a"]);
  assert.deepEqual([queue._stored().items, queue._stored().number], [[], "N-1"]);
});

test("it is notified when nothing waits any more, and not before", async () => {
  const { create, settled, pass } = surroundings([503, 422]);
  const queue = create();
  queue._enqueue(message("a"));
  queue._enqueue(message("b"));
  await settle();
  assert.equal(settled.mock.callCount(), 0);
  await pass(1000);
  assert.equal(settled.mock.callCount(), 1);
  await create()._flush();
  assert.equal(settled.mock.callCount(), 2);
});

test("decisions are sent in their order, one after the other", async () => {
  const { create, sent } = surroundings([]);
  const queue = create();
  for (const id of ["a", "b", "c"]) queue._enqueue(message(id));
  await settle();
  assert.deepEqual(sent, ["a", "b", "c"]);
});

for (const status of [0, 408, 429, 500, 503]) {
  test(`after ${status || "no answer"} it is tried again, with growing pauses`, async () => {
    const { create, sent, pass } = surroundings([status, status]);
    const queue = create();
    queue._enqueue(message("a"));
    await settle();
    await pass(999);
    assert.equal(sent.length, 1);
    await pass(1);
    assert.equal(sent.length, 2);
    await pass(1999);
    assert.equal(sent.length, 2);
    await pass(1);
    assert.equal(sent.length, 3);
    assert.deepEqual(queue._stored().items, []);
  });
}

for (const status of [400, 403, 404, 409, 413, 422]) {
  test(`after ${status} it is given up, and the next one goes`, async () => {
    const { create, sent } = surroundings([status]);
    const queue = create();
    queue._enqueue(message("a"));
    queue._enqueue(message("b"));
    await settle();
    assert.deepEqual([sent, queue._stored().items], [["a", "b"], []]);
  });
}

test("a server that asks for peace gets it, also from the next page", async () => {
  const { create, sent, pass } = surroundings([{ _status: 429, _wait: 60 }]);
  create()._enqueue(message("a"));
  await settle();
  const next = create();
  await pass(59_999);
  await next._flush();
  assert.equal(sent.length, 1);
  await pass(1);
  await next._flush();
  await settle();
  assert.equal(sent.length, 2);
});

test("only the newest twenty are stored", async () => {
  const { create } = surroundings(Array.from({ length: 99 }, () => 503));
  const queue = create();
  for (let number = 0; number < 30; number++) queue._enqueue(message(String(number)));
  await settle();
  assert.equal(queue._stored().items.length, 20);
  assert.equal(queue._stored().items.at(-1)?.id, "29");
});

test("many failures plan one try, not one each", async () => {
  const { create, sent, pass } = surroundings(Array.from({ length: 99 }, () => 503));
  const queue = create();
  queue._enqueue(message("a"));
  await settle();
  for (let number = 0; number < 9; number++) await queue._flush();
  assert.equal(sent.length, 10);
  await pass(600_000);
  assert.equal(sent.length, 11);
});

test("what another tab has sent is not sent again", async () => {
  const { create, sent } = surroundings([503]);
  const [one, two] = [create(), create()];
  one._enqueue(message("a"));
  await settle();
  await two._flush();
  await settle();
  await one._flush();
  assert.deepEqual(sent, ["a", "a"]);
});

test("without storage the list lives in memory", async () => {
  const { create, sent, pass } = surroundings([503]);
  Object.defineProperty(globalThis, "localStorage", {
    get() {
      throw new Error("SecurityError");
    },
  });
  const queue = create();
  queue._enqueue(message("a"));
  await settle();
  assert.equal(queue._stored().items.length, 1);
  await pass(1000);
  assert.deepEqual([sent, queue._stored().items], [["a", "a"], []]);
});

test("rubbish in the store is no list", async () => {
  for (const rubbish of ["{", "null", "[]", '{"items":3}']) {
    const { create, sent, storage } = surroundings([]);
    storage.set(KEY, rubbish);
    const queue = create();
    queue._enqueue(message("a"));
    await settle();
    assert.deepEqual(sent, ["a"]);
  }
});

test("a decision that could not be sent for thirty days is given up, the number stays", async () => {
  const { create, sent, storage } = surroundings([{ _status: 201, _number: "N-1" }, 503, 503, 503]);
  const queue = create();
  queue._enqueue(message("a"));
  await settle();
  queue._enqueue(message("b"));
  await settle();
  mock.timers.setTime(30 * 86_400_000);
  await queue._flush();
  assert.deepEqual(sent, ["a", "b", "b"]);
  mock.timers.setTime(30 * 86_400_000 + 1);
  await queue._flush();
  assert.equal(sent.length, 3);
  assert.deepEqual(JSON.parse(storage.get(KEY) as string), { items: [], number: "N-1" });
});

test("a decision is stored and sent at once, though another tab holds the list", async () => {
  const { create, sent, stored } = surroundings([]);
  const free = await locks().hold();
  create()._enqueue(message("a"));
  await settle();
  assert.deepEqual([sent, stored().map(({ id }) => id)], [["a"], ["a"]]);
  free();
  await settle();
  assert.deepEqual([sent, stored()], [["a"], []]);
});

test("a decision that another tab overwrote, as both wrote at the same moment, waits all the same", async () => {
  const { create, storage, stored } = surroundings([503]);
  const free = await locks().hold();
  create()._enqueue(message("a"));
  storage.set(KEY, JSON.stringify({ items: [message("b")] }));
  free();
  await settle();
  assert.deepEqual(
    stored().map(({ id }) => id),
    ["a", "b"],
  );
});

for (const secure of [true, false]) {
  test(`what others wrote while a decision was on its way stays, and so does that one, ${secure ? "with" : "without"} locks`, async () => {
    let answer!: (status: number) => void;
    const slow = new Promise<number>((done) => (answer = done));
    const { storage, stored, settled } = surroundings([]);
    if (secure) locks();
    const queue = createQueue(KEY, PATIENCE, async () => ({ _status: await slow }), settled);
    queue._enqueue(message("a"));
    await settle();
    storage.set(KEY, JSON.stringify({ items: [message("b")] }));
    answer(503);
    await settle();
    assert.deepEqual(
      stored().map(({ id }) => id),
      ["a", "b"],
    );
  });
}

test("a page that may not ask for locks works without", async () => {
  const { create, sent, stored } = surroundings([]);
  browser({ locks: { request: () => Promise.reject(new DOMException("denied", "SecurityError")) } });
  create()._enqueue(message("a"));
  await settle();
  assert.deepEqual([sent, stored()], [["a"], []]);
});
