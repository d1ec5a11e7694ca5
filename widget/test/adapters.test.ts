// The adapters as far as no browser is needed: on a server, and the sandboxed code of the Tag Manager template.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createSSRApp } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { App as ReactApp } from "../e2e/adapters/react.ts";
import { App as VueApp } from "../e2e/adapters/vue.ts";

const adapters = new URL("../adapters/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, adapters), "utf8");

/** The most lines that an adapter may have: it is copied, read and owned by somebody else. */
const MOST = 40;

test("on a server nothing is allowed, and nothing asks for a window", async () => {
  assert.equal(typeof window, "undefined");
  const html = '<main><p id="state">false false</p><p id="fallback">not measured</p>';
  assert.equal(renderToString(createElement(ReactApp)), html + "</main>");
  assert.equal(await renderVue(createSSRApp(VueApp)), html + '<p id="gate">false</p></main>');
});

// --- the Tag Manager template ---------------------------------------------------------------------------------

const SECTIONS = ["INFO", "TEMPLATE_PARAMETERS", "SANDBOXED_JS_FOR_WEB_TEMPLATE", "WEB_PERMISSIONS", "TESTS", "NOTES"];
const TYPES = [
  "ad_storage",
  "ad_user_data",
  "ad_personalization",
  "analytics_storage",
  "functionality_storage",
  "personalization_storage",
];

const template = read("gtm/template.tpl");
const sections = Object.fromEntries(
  template
    .split(/^(?=___[A-Z_]+___$)/m)
    .map((part) => part.match(/^___([A-Z_]+)___\n([^]*)$/)?.slice(1) as [string, string])
    .map(([name, text]) => [name, text.trim()]),
);
const code = sections["SANDBOXED_JS_FOR_WEB_TEMPLATE"] as string;

test("no adapter is longer than a page", () => {
  for (const folder of ["react", "vue", "spa"]) {
    for (const name of readdirSync(new URL(folder + "/", adapters))) {
      const lines = read(`${folder}/${name}`).trimEnd().split("\n").length;
      assert.ok(lines <= MOST, `${name} has ${lines} lines`);
    }
  }
  assert.ok(code.split("\n").length <= MOST);
});

interface Field {
  readonly name: string;
  readonly type: string;
  readonly defaultValue?: unknown;
  readonly subParams?: readonly Field[];
}
const fields = (list: readonly Field[]): readonly Field[] =>
  list.flatMap((field) => [field, ...fields(field.subParams ?? [])]);

test("the template has the sections of its format, and fields for what the code reads", () => {
  assert.deepEqual(Object.keys(sections), SECTIONS);
  const info = JSON.parse(sections["INFO"] as string) as Record<string, unknown>;
  assert.deepEqual([info["type"], info["version"], info["containerContexts"]], ["TAG", 1, ["WEB"]]);
  const names = fields(JSON.parse(sections["TEMPLATE_PARAMETERS"] as string) as Field[]).map(({ name }) => name);
  const used = [...new Set([...code.matchAll(/\bdata\.(\w+)/g)].map(([, name]) => name as string))];
  for (const name of [...used.filter((name) => name !== "gtmOnSuccess"), ...TYPES])
    assert.ok(names.includes(name), name);
});

/** Permissions in short: `write ad_storage`, `execute samtykke.on`, `read_data_layer event` … */
function permissions(): Set<string> {
  type Value = { string?: string; boolean?: boolean; listItem?: Item[] };
  type Item = Value & { mapKey?: Value[]; mapValue?: Value[] };
  type Permission = { instance: { key: { publicId: string }; param: { key: string; value: Value }[] } };
  const given = new Set<string>();
  for (const { instance } of JSON.parse(sections["WEB_PERMISSIONS"] as string) as Permission[]) {
    for (const { value } of instance.param) {
      for (const { string, mapKey, mapValue } of value.listItem ?? []) {
        if (string) given.add(`${instance.key.publicId} ${string}`);
        mapKey?.forEach((key, index) => {
          if (mapValue?.[index]?.boolean) given.add(`${key.string} ${mapValue[0]?.string}`);
        });
      }
    }
  }
  return given;
}

/** Tag Manager's own test functions, as far as the template's scenarios use them. */
function run(scenario: string): void {
  const given = permissions();
  const need = (permission: string) => assert.ok(given.has(permission), `no permission: ${permission}`);
  const mocks = new Map<string, (...values: never[]) => unknown>();
  const called: [string, ...unknown[]][] = [];
  const write = (state: object) => {
    for (const key of Object.keys(state)) if (/_storage$|^ad_/.test(key)) need("write " + key);
  };
  const guards: Record<string, (first: never, ...rest: never[]) => void> = {
    setDefaultConsentState: write,
    updateConsentState: write,
    copyFromWindow: (key) => need("read " + key),
    callInWindow: (key) => need("execute " + key),
    copyFromDataLayer: (key) => need("read_data_layer " + key),
    gtagSet: (key) => need("write_data_layer " + key),
    makeNumber: () => {},
    gtmOnSuccess: () => {},
  };
  const api = (name: string) => {
    const guard = guards[name];
    assert.ok(guard, `the sandbox has no ${name}`);
    return (...values: never[]) => {
      guard(...(values as [never]));
      called.push([name, ...values]);
      return name === "makeNumber" ? Number(values[0]) : mocks.get(name)?.(...values);
    };
  };
  // The values come from another realm: compared as what they would be written as.
  const same = (one: unknown, other: unknown) => assert.equal(JSON.stringify(one), JSON.stringify(other));
  const assertApi = (name: string) => ({
    wasCalled: () =>
      assert.ok(
        called.some(([each]) => each === name),
        `${name} was not called`,
      ),
    wasCalledWith: (...values: unknown[]) =>
      assert.ok(
        called.some((each) => JSON.stringify(each) === JSON.stringify([name, ...values])),
        `${name} ${String(values)}`,
      ),
  });
  const assertThat = (value: unknown) => ({
    isEqualTo: (other: unknown) => same(value, other),
    isUndefined: () => assert.equal(value, undefined),
  });
  const runCode = (data: object) =>
    runInNewContext(`((data) => {"use strict";${code}\n})`, { require: api })({
      ...data,
      gtmOnSuccess: api("gtmOnSuccess"),
    });
  const mock = (name: string, answer: () => unknown) => void mocks.set(name, answer);
  runInNewContext(`(() => {${scenario}\n})()`, { mock, runCode, assertThat, assertApi });
}

const block = (text: string) => text.replace(/^ {2,4}/gm, "");
const [listed = "", setup = ""] = (sections["TESTS"] as string).split(/^setup: \|-\n/m);
const scenarios = [...listed.matchAll(/^- name: (.+)\n {2}code: \|-\n((?: {4}.*\n)+)/gm)];

test("the template's own scenarios are all found", () => assert.equal(scenarios.length, 7));
for (const [, name, body] of scenarios)
  test(`Tag Manager: ${name}`, () => run(block(setup) + "\n" + block(body as string)));

test("a field that was left empty counts as what it starts with", () => {
  const defaults = fields(JSON.parse(sections["TEMPLATE_PARAMETERS"] as string) as Field[])
    .filter(({ defaultValue }) => defaultValue !== undefined)
    .map(({ name, defaultValue }) => [name, defaultValue]);
  const wait = (changes: string) =>
    run(`${block(setup)}
      runCode(${JSON.stringify(Object.fromEntries(defaults))});
      assertThat(calls[0][1].wait_for_update).isEqualTo(500);
      runCode(${changes});
      assertThat(calls[1][1].wait_for_update).isEqualTo(500);
      assertThat(calls[1][1].ad_storage).isEqualTo('denied');`);
  wait("{}");
});

test("the sandboxed code keeps to the language that Tag Manager runs", () => {
  for (const [what, found] of [
    ["no new, this, class, async or generator", /\b(new|this|class|async|await|function\s*\*|yield)\b/],
    ["no spread, template or regular expression", /\.\.\.|`|(?<![\w)\]] )\/(?![/*])\S+\//],
    ["no globals", /\b(window|document|setTimeout|Object|Array|JSON|Math|Number|String)\b(?!['.]on)/],
    ["no optional chaining or nullish values", /\?\.|\?\?/],
  ] as const) {
    const bare = code.replace(/\/\/.*$/gm, "").replace(/'[^']*'/g, "''");
    assert.doesNotMatch(bare, found, what);
  }
});
