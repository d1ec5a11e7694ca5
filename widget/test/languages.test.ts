import assert from "node:assert/strict";
import { test } from "node:test";
import { pickLanguage } from "../src/languages.ts";

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
