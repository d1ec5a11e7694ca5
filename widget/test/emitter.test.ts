import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createEmitter } from "../src/emitter.ts";

test("listeners get their event until they leave", () => {
  let state = 1;
  const { _on: on, _emit: emit } = createEmitter(new EventTarget(), () => state);
  const received: unknown[] = [];
  const leave = on("change", (detail) => received.push(detail));
  emit("change");
  state = 2;
  emit("show");
  leave();
  emit("change");
  assert.deepEqual(received, [1]);
});

test("ready is replayed with the latest state to those who come late", () => {
  let state = "old";
  const { _on: on, _emit: emit } = createEmitter(new EventTarget(), () => state);
  const received: unknown[] = [];
  on("ready", (detail) => received.push(detail));
  emit("ready");
  state = "new";
  on("ready", (detail) => received.push(detail));
  assert.deepEqual(received, ["old", "new"]);
});

test("every event reaches the target, with the state in its detail", () => {
  const target = new EventTarget();
  const received: unknown[] = [];
  for (const name of ["ready", "change", "show", "hide"]) {
    target.addEventListener("samtykke:" + name, (event) => received.push([name, (event as CustomEvent).detail]));
  }
  const { _emit: emit } = createEmitter(target, () => "state");
  emit("show");
  emit("hide");
  assert.deepEqual(received, [
    ["show", "state"],
    ["hide", "state"],
  ]);
});

test("a listener that throws is reported and the others still get the event", () => {
  const report = mock.method(console, "error", () => {});
  const { _on: on, _emit: emit } = createEmitter(new EventTarget(), () => undefined);
  let received = 0;
  on("change", () => {
    throw new Error("bad");
  });
  on("change", () => received++);
  emit("change");
  assert.equal(received, 1);
  assert.equal(report.mock.callCount(), 1);
  report.mock.restore();
});
