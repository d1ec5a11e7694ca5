import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createEmitter } from "../src/emitter.ts";

test("listeners hear their event until they leave", () => {
  const { on, emit } = createEmitter(() => undefined);
  const heard: unknown[] = [];
  const leave = on("change", (detail) => heard.push(detail));
  emit("change", 1);
  emit("show", 2);
  leave();
  emit("change", 3);
  assert.deepEqual(heard, [1]);
});

test("ready is replayed with the latest state to those who come late", () => {
  let state = "old";
  const { on, emit } = createEmitter(() => state);
  const heard: unknown[] = [];
  on("ready", (detail) => heard.push(detail));
  emit("ready", state);
  state = "new";
  on("ready", (detail) => heard.push(detail));
  assert.deepEqual(heard, ["old", "new"]);
});

test("a listener that throws is reported and the others are heard", () => {
  const report = mock.method(console, "error", () => {});
  const { on, emit } = createEmitter(() => undefined);
  let heard = 0;
  on("change", () => {
    throw new Error("bad");
  });
  on("change", () => heard++);
  emit("change");
  assert.equal(heard, 1);
  assert.equal(report.mock.callCount(), 1);
  report.mock.restore();
});
