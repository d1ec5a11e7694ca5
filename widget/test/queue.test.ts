import assert from "node:assert/strict";
import { test } from "node:test";
import { createQueue, storageKey, type Answer, type Message, type Store, type Surroundings } from "../src/queue.ts";

const KEY = storageKey({ site: "demo" });
const message = (id: string): Message => ({ id, decided_at: "1970-01-01T00:00:00Z" });

/** Lets all promises that are due come in. */
const settle = () => new Promise((done) => setImmediate(done));

/** A server, a store and a clock that a test moves by hand. */
function surroundings(answers: (number | Partial<Answer>)[]) {
  const sent: string[] = [];
  const timers: { work: () => unknown; at: number }[] = [];
  const kept = new Map<string, string>();
  const store: Store = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
  let time = 0;
  const around: Surroundings = {
    store: () => store,
    async send({ id }) {
      sent.push(id);
      const next = answers.shift() ?? 201;
      if (next === 0) throw new TypeError("offline");
      return { wait: 0, ...(typeof next === "number" ? { status: next } : { status: 503, ...next }) };
    },
    clock: () => time,
    chance: () => 0,
    patience: 30,
    later: (work, milliseconds) => timers.push({ work, at: time + milliseconds }),
  };
  const pass = async (milliseconds: number) => {
    time += milliseconds;
    for (const timer of timers.splice(0)) {
      if (timer.at <= time) timer.work();
      else timers.push(timer);
    }
    await settle();
  };
  return { around, sent, timers, kept, pass };
}

test("a decision is sent once and then forgotten, but for its number", async () => {
  const { around, sent } = surroundings([{ status: 201, number: "N-1" }]);
  const queue = createQueue(KEY, around);
  queue.enqueue(message("a"));
  await settle();
  await queue.flush();
  assert.deepEqual(sent, ["a"]);
  assert.deepEqual([queue.kept().items, queue.kept().number], [[], "N-1"]);
});

test("decisions are sent in their order, one after the other", async () => {
  const { around, sent } = surroundings([]);
  const queue = createQueue(KEY, around);
  for (const id of ["a", "b", "c"]) queue.enqueue(message(id));
  await settle();
  assert.deepEqual(sent, ["a", "b", "c"]);
});

for (const status of [0, 408, 429, 500, 503]) {
  test(`after ${status || "no answer"} it is tried again, with growing pauses`, async () => {
    const { around, sent, pass } = surroundings([status, status]);
    const queue = createQueue(KEY, around);
    queue.enqueue(message("a"));
    await settle();
    await pass(999);
    assert.equal(sent.length, 1);
    await pass(1);
    assert.equal(sent.length, 2);
    await pass(1999);
    assert.equal(sent.length, 2);
    await pass(1);
    assert.equal(sent.length, 3);
    assert.deepEqual(queue.kept().items, []);
  });
}

for (const status of [400, 403, 404, 409, 413, 422]) {
  test(`after ${status} it is given up, and the next one goes`, async () => {
    const { around, sent } = surroundings([status]);
    const queue = createQueue(KEY, around);
    queue.enqueue(message("a"));
    queue.enqueue(message("b"));
    await settle();
    assert.deepEqual([sent, queue.kept().items], [["a", "b"], []]);
  });
}

test("a server that asks for peace gets it, also from the next page", async () => {
  const { around, sent, pass } = surroundings([{ status: 429, wait: 60 }]);
  createQueue(KEY, around).enqueue(message("a"));
  await settle();
  const next = createQueue(KEY, around);
  await pass(59_999);
  await next.flush();
  assert.equal(sent.length, 1);
  await pass(1);
  await next.flush();
  await settle();
  assert.equal(sent.length, 2);
});

test("only the newest twenty are kept", async () => {
  const { around } = surroundings(Array.from({ length: 99 }, () => 503));
  const queue = createQueue(KEY, around);
  for (let number = 0; number < 30; number++) queue.enqueue(message(String(number)));
  await settle();
  assert.equal(queue.kept().items.length, 20);
  assert.equal(queue.kept().items.at(-1)?.id, "29");
});

test("many failures plan one try, not one each", async () => {
  const { around, timers } = surroundings(Array.from({ length: 99 }, () => 503));
  const queue = createQueue(KEY, around);
  queue.enqueue(message("a"));
  await settle();
  for (let number = 0; number < 9; number++) await queue.flush();
  assert.equal(timers.length, 1);
});

test("what another tab has sent is not sent again", async () => {
  const { around, sent } = surroundings([503]);
  const [one, two] = [createQueue(KEY, around), createQueue(KEY, around)];
  one.enqueue(message("a"));
  await settle();
  await two.flush();
  await settle();
  await one.flush();
  assert.deepEqual(sent, ["a", "a"]);
});

test("without storage the list lives in memory", async () => {
  const { around, sent, pass } = surroundings([503]);
  const refused = () => {
    throw new Error("SecurityError");
  };
  const queue = createQueue(KEY, { ...around, store: refused });
  queue.enqueue(message("a"));
  await settle();
  assert.equal(queue.kept().items.length, 1);
  await pass(1000);
  assert.deepEqual([sent, queue.kept().items], [["a", "a"], []]);
});

test("rubbish in the store is no list", async () => {
  for (const rubbish of ["{", "null", "[]", '{"items":3}']) {
    const { around, sent, kept } = surroundings([]);
    kept.set(KEY, rubbish);
    const queue = createQueue(KEY, around);
    queue.enqueue(message("a"));
    await settle();
    assert.deepEqual(sent, ["a"]);
  }
});

test("a decision that could not be sent for thirty days is given up, the number is kept", async () => {
  const { around, sent, kept, pass } = surroundings([{ status: 201, number: "N-1" }, 503, 503, 503]);
  const queue = createQueue(KEY, around);
  queue.enqueue(message("a"));
  await settle();
  queue.enqueue(message("b"));
  await settle();
  await pass(29 * 86_400_000);
  assert.deepEqual(sent, ["a", "b", "b"]);
  await pass(86_400_000);
  await queue.flush();
  assert.equal(sent.length, 3);
  assert.deepEqual(JSON.parse(kept.get(KEY) as string), { items: [], number: "N-1" });
});
