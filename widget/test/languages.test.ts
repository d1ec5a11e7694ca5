import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Translation } from "../src/config.ts";
import { loadTranslation, pickLanguage } from "../src/languages.ts";
import { sample } from "./sample.ts";

const available = ["nb", "nn", "en"];
const table: [string[], string][] = [
  [["nn"], "nn"],
  [["nn-NO"], "nn"],
  [["no"], "nb"],
  [["NO-bok"], "nb"],
  [["en_GB"], "en"],
  [["zh-TW", "en-US"], "en"],
  [["", "de"], "nb"],
  [[], "nb"],
];
for (const [wishes, expected] of table) {
  test(`${JSON.stringify(wishes)} is answered in ${expected}`, () => {
    assert.equal(pickLanguage(wishes, available) ?? "nb", expected);
  });
}

const translation = (language: string): Translation => ({ language, texts: [language] });
const config = sample({
  words: translation("nb"),
  languages: { nn: translation("nn"), en: "/w/demo/abc/banner-en.json" },
});

test("texts that came with the script are used without asking the server", async () => {
  const asked = mock.method(globalThis, "fetch", () => Promise.reject(new Error("the network was asked")));
  assert.deepEqual(await loadTranslation(config, "nn"), translation("nn"));
  assert.deepEqual(await loadTranslation(config, "nb"), translation("nb"));
  assert.equal(asked.mock.callCount(), 0);
});

test("the texts of another language are fetched from where the server put them", async () => {
  const asked = mock.method(globalThis, "fetch", () => Promise.resolve(Response.json(translation("en"))));
  assert.deepEqual(await loadTranslation(config, "en"), translation("en"));
  assert.deepEqual(
    asked.mock.calls.map(({ arguments: [address] }) => address),
    ["https://consent.example.no/w/demo/abc/banner-en.json"],
  );
});
