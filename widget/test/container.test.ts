// What the panel reads in the public script of a Tag Manager container.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readContainer } from "../src/debug/container.ts";

/** A script in the form that Google serves, made up. */
const script = (resource: object, permissions: object = {}) => `
// Copyright 2012 Google Inc. All rights reserved.
(function(){
var data = {
"resource": ${JSON.stringify({ version: "7", ...resource })
  .replace(/</g, "\\u003C")
  .replace(/\//g, "\\/")},
"runtime":[ [50,"__cvt_1",[46,"a"],[52,"b",["require","}{"]]] ],
"permissions":${JSON.stringify(permissions)}
};
var x = {"tags": 1};
})();`;

const HTML = {
  function: "__html",
  metadata: ["map"],
  once_per_event: true,
  vtp_html: `<script>t.src='https://connect.facebook.net/en_US/fbevents.js'; f("}{\\"", "//px.test")</script>`,
  tag_id: 4,
};

test("a custom HTML tag is read with whom it names and without a check", () => {
  assert.deepEqual(readContainer(script({ tags: [HTML] })), [
    {
      _id: "4",
      _kind: "custom HTML",
      _addresses: ["https://connect.facebook.net/en_US/fbevents.js", "https://px.test"],
      _consent: [],
      _builtIn: false,
      _triggered: false,
    },
  ]);
});

test("an additional consent check is read; one that is not required and one that nobody set are none", () => {
  const tags = [{ ...HTML, consent: ["list", "ad_storage", "ad_user_data"] }, { ...HTML, consent: ["list"] }, HTML];
  assert.deepEqual(
    readContainer(script({ tags })).map(({ _consent: consent }) => consent),
    [["ad_storage", "ad_user_data"], [], []],
  );
});

test("a template names whom its permissions let it contact", () => {
  const permissions = { __cvt_1: { inject_script: { urls: ["https://cdn.px.test/unip/*"] } } };
  const [tag] = readContainer(script({ tags: [{ function: "__cvt_1", tag_id: 1 }] }, permissions));
  assert.deepEqual(tag?._addresses, ["https://cdn.px.test/unip/"]);
});

test("Google's own tags, and templates that may read the consent, have a check of their own", () => {
  const tags = ["__googtag", "__gaawe", "__awct", "__gclidw", "__flc", "__cvt_1", "__cvt_2", "__img", "__bzi"].map(
    (name, index) => ({ function: name, tag_id: index }),
  );
  const read = readContainer(script({ tags }, { __cvt_1: { access_consent: {} }, __cvt_2: { send_pixel: {} } }));
  assert.deepEqual(
    read.map(({ _builtIn: builtIn }) => builtIn),
    [true, true, true, true, true, true, false, false, false],
  );
  assert.deepEqual(
    read.map(({ _kind: kind }) => kind),
    ["Google", "Google", "Google", "Google", "Google", "template", "template", "custom image", "type bzi"],
  );
});

test("listeners of triggers and paused tags are left out, and the others keep their places in the rules", () => {
  const tags = [
    { function: "__cl", tag_id: 1 },
    { function: "__paused", tag_id: 2 },
    { ...HTML, tag_id: 3 },
  ];
  assert.deepEqual(
    readContainer(script({ tags })).map(({ _id: id }) => id),
    ["3"],
  );
});

const macros = [{ function: "__e" }, { function: "__v", vtp_name: "samtykke.statistics", vtp_dataLayerVersion: 2 }];
const predicates = [
  { function: "_eq", arg0: ["macro", 0], arg1: "samtykke_consent" },
  { function: "_eq", arg0: ["macro", 1], arg1: "true" },
  { function: "_eq", arg0: ["macro", 0], arg1: "gtm.js" },
  { function: "_re", arg0: ["macro", 0], arg1: ".*" },
  { function: "_eq", arg0: ["macro", 1], arg1: "false" },
];
const triggers: [string, unknown[], boolean][] = [
  [
    "the banner's event and its choice",
    [
      [
        ["if", 0, 1],
        ["add", 0],
      ],
    ],
    true,
  ],
  [
    "the banner's event alone",
    [
      [
        ["if", 0],
        ["add", 0],
      ],
    ],
    false,
  ],
  [
    "all pages",
    [
      [
        ["if", 2],
        ["add", 0],
      ],
    ],
    false,
  ],
  [
    "all pages or the choice",
    [
      [
        ["if", 2],
        ["add", 0],
      ],
      [
        ["if", 0, 1],
        ["add", 0],
      ],
    ],
    false,
  ],
  [
    "all pages, with an exception unless it is chosen",
    [
      [
        ["if", 2],
        ["add", 0],
      ],
      [
        ["if", 3],
        ["unless", 1],
        ["block", 0],
      ],
    ],
    true,
  ],
  [
    "all pages, with an exception for a refusal alone",
    [
      [
        ["if", 2],
        ["add", 0],
      ],
      [
        ["if", 3, 4],
        ["block", 0],
      ],
    ],
    false,
  ],
  ["nothing", [], false],
];
for (const [what, rules, expected] of triggers) {
  test(`a tag that fires on ${what} ${expected ? "waits for the choice" : "does not wait"}`, () => {
    const [tag] = readContainer(script({ tags: [HTML], macros, predicates, rules }));
    assert.equal(tag?._triggered, expected);
  });
}

test("what is no container, or has another form, is refused", () => {
  for (const text of ["", "nothing", '{"resource": {', 'var data = {"resource": {"tags": 1}}', '"resource": {x: 1}']) {
    assert.throws(() => readContainer(text), text);
  }
});
