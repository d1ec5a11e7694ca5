// What the debug panel makes of a page, from facts alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { diagnose } from "../src/debug/diagnose.ts";
import {
  momentAt,
  type Attributes,
  type Entry,
  type Facts,
  type Inline,
  type Marked,
  type OurTag,
  type PageContainer,
} from "../src/debug/facts.ts";
import type { Tag } from "../src/debug/container.ts";
import { enumerate, type Finding } from "../src/debug/finding.ts";
import { exactness } from "../src/blocking/hosts.ts";
import { known, pathOf, servicesOf, together } from "../src/debug/hosts.ts";
import { candidates, freed, held, startTag } from "../src/debug/markup.ts";
import { meant } from "../src/debug/marks.ts";
import { elementRows, googleRows, requestRows, storageRows, summary, type Row } from "../src/debug/rows.ts";
import { inserts, names } from "../src/debug/snippets.ts";
import { tagRows } from "../src/debug/tag_manager.ts";

const SCRIPT: Attributes = [["src", "https://consent.example.no/w/demo.js"]];
const tag = (changes: Partial<OurTag> = {}): OurTag => ({
  _id: 1,
  _tag: "script",
  _attributes: SCRIPT,
  _injected: false,
  _inHead: true,
  _before: [],
  ...changes,
});

/** A page on which all is well, with what a test wants different. */
const facts = (changes: Partial<Facts> = {}, banner: Partial<Facts["_banner"]> = {}): Facts => ({
  _host: "www.shop.no",
  _banner: {
    site: "demo",
    version: 3,
    origin: "https://consent.example.no",
    categories: ["functional", "statistics", "advertising"],
    services: [
      {
        key: "matomo",
        name: "Matomo",
        category: "statistics",
        hosts: ["*.stats.test"],
        cookies: [["cookie", "_pk_*"]],
      },
      { key: "youtube", name: "YouTube", category: "advertising", hosts: ["video.test"], cookies: [] },
      { key: "shop", name: "The shop", category: "necessary", hosts: ["pay.test"], cookies: [["cookie", "basket"]] },
    ],
    consent_mode: "off",
    automatic_blocking: false,
    floating: true,
    mapping: { ad_storage: "advertising", ad_user_data: "advertising", analytics_storage: "statistics" },
    ...banner,
  },
  _tags: [tag()],
  _marked: [],
  _unmarked: [],
  _inline: [],
  _fetched: [],
  _stored: [],
  _moments: [{ _from: 0, _decided: false, _granted: [] }],
  _layer: undefined,
  _containers: [],
  _refusals: [],
  _waysBack: 0,
  ...changes,
});

const DECIDED = { _from: 1000, _decided: true, _granted: ["statistics", "matomo"] };
const later = { _moments: [{ _from: 0, _decided: false, _granted: [] }, DECIDED] };

const marked = (attributes: Attributes, changes: Partial<Marked> = {}): Marked => ({
  _id: 7,
  _tag: "script",
  _attributes: attributes,
  _injected: false,
  _state: "blocked",
  _permitted: false,
  _address: "https://a.stats.test/s.js",
  _others: [],
  _start: undefined,
  ...changes,
});
const HELD: Attributes = [
  ["type", "text/plain"],
  ["data-consent", "statistics"],
  ["src", "https://a.stats.test/s.js"],
];

const unmarked = (host: string, attributes: Attributes = [["src", `https://${host}/x.js`]], name = "script") => ({
  _id: 9,
  _tag: name,
  _attributes: attributes,
  _injected: false,
  _address: `https://${host}/x.js`,
});
const inline = (host: string, changes: Partial<Inline> = {}): Inline => ({
  _id: 4,
  _tag: "script",
  _attributes: [],
  _injected: false,
  _mentions: [host],
  _inserts: true,
  _text: "load(…",
  ...changes,
});
const fetched = (host: string, start = 100, by = "script") => ({
  _address: `https://${host}/x.js`,
  _by: by,
  _start: start,
});
const ids = (found: readonly Finding[]) => found.map(({ _id: id }) => id);
const only = (value: Facts): Finding => {
  const found = diagnose(value);
  assert.equal(found.length, 1, JSON.stringify(ids(found)));
  return found[0] as Finding;
};

test("a page that does what its banner says has nothing to change", () => {
  const value = facts({
    _marked: [marked(HELD)],
    _stored: [
      { _kind: "cookie", _name: "samtykke", _seen: 0 },
      { _kind: "cookie", _name: "basket", _seen: 0 },
    ],
    _unmarked: [unmarked("pay.test")],
    _fetched: [fetched("pay.test")],
  });
  assert.deepEqual(diagnose(value), []);
});

// --- where the script stands ----------------------------------------------------------------------------------

test("a second script is to be removed", () => {
  const { _id: id, _from: from, _to: to } = only(facts({ _tags: [tag(), tag({ _id: 2 })] }));
  assert.deepEqual([id, from, to], ["script-twice 2", `<script src="${SCRIPT[0]?.[1]}"></script>`, ""]);
});

test("what stands in front of the script is named, with the line at its right place", () => {
  const {
    _id: id,
    _level: level,
    _why: why,
    _to: to,
  } = only(facts({ _tags: [tag({ _before: [unmarked("a.stats.test")] })] }));
  assert.equal(id, "script-late");
  assert.equal(level, "warning");
  assert.match(why, /<script src="https:\/\/a\.stats\.test\/x\.js">/);
  assert.equal(to, '<head>\n  <script src="https://consent.example.no/w/demo.js"></script>');
});

test("an inline script in front is a note, and a fault where something hangs on the moment", () => {
  const tags = [tag({ _before: [{ _id: 3, _tag: "script", _attributes: [], _injected: false }] })];
  assert.equal(only(facts({ _tags: tags }))._level, "note");
  assert.equal(only(facts({ _tags: tags }, { consent_mode: "advanced" }))._level, "fault");
  assert.equal(only(facts({ _tags: [tag({ _inHead: false })] }))._level, "warning");
});

const deferrals: [string, Partial<OurTag>][] = [
  ["async", { _attributes: [["async", ""], ...SCRIPT] }],
  ["defer", { _attributes: [...SCRIPT, ["defer", ""]] }],
  ["a module", { _attributes: [["type", "module"], ...SCRIPT] }],
  ["inserted by a script", { _injected: true }],
];
for (const [what, changes] of deferrals) {
  test(`a script that is ${what} is a fault only where something hangs on its moment`, () => {
    assert.deepEqual(diagnose(facts({ _tags: [tag(changes)] })), []);
    for (const banner of [{ consent_mode: "basic" as const }, { automatic_blocking: true }]) {
      const { _id: id, _level: level, _to: to } = only(facts({ _tags: [tag(changes)] }, banner));
      assert.deepEqual([id, level], ["script-deferred", "fault"]);
      assert.equal(to, '<head>\n  <script src="https://consent.example.no/w/demo.js"></script>');
    }
  });
}

// --- marks ----------------------------------------------------------------------------------------------------

const loose: [string, string, Attributes, string][] = [
  [
    "script",
    "script",
    [
      ["src", "https://a.stats.test/s.js"],
      ["data-consent", "statistics"],
    ],
    '<script type="text/plain" data-consent="statistics" src="https://a.stats.test/s.js">',
  ],
  [
    "module",
    "script",
    [
      ["type", "module"],
      ["data-consent", "statistics"],
    ],
    '<script type="text/plain" data-consent="statistics" data-consent-type="module">',
  ],
  [
    "frame",
    "iframe",
    [
      ["title", "Film"],
      ["width", "5"],
      ["height", "3"],
      ["data-consent-service", "youtube"],
      ["src", "https://video.test/1"],
    ],
    '<iframe data-consent-service="youtube" title="Film" width="5" height="3" data-consent-src="https://video.test/1">',
  ],
  [
    "style sheet",
    "link",
    [
      ["rel", "stylesheet"],
      ["data-consent", "functional"],
      ["href", "/a.css"],
    ],
    '<link data-consent="functional" rel="stylesheet" data-consent-href="/a.css">',
  ],
];
for (const [what, name, attributes, line] of loose) {
  test(`a marked ${what} that is not inert gets the line that makes it wait`, () => {
    const {
      _id: id,
      _level: level,
      _to: to,
    } = only(facts({ _marked: [marked(attributes, { _tag: name, _state: "loose", _address: "" })] }));
    assert.deepEqual([id, level, to], ["not-inert 7", "fault", line]);
  });
}

const words: [string, string | undefined][] = [
  ["statistic", "statistics"],
  ["Statistics", "statistics"],
  ["analytics", "statistics"],
  ["marketing", "advertising"],
  ["preferences", "functional"],
  ["staistics", "statistics"],
  ["essential", "necessary"],
  ["gobbledygook", undefined],
];
for (const [word, guess] of words) {
  test(`for the category “${word}” the panel ${guess ? `suggests ${guess}` : "suggests nothing"}`, () => {
    const keys = ["necessary", "functional", "statistics", "advertising"];
    assert.equal(meant(word, keys), guess);
    const { _id: id, _to: to } = only(
      facts({
        _marked: [
          marked(
            [
              ["type", "text/plain"],
              ["data-consent", word],
            ],
            { _address: "" },
          ),
        ],
      }),
    );
    assert.equal(id, `unknown-category 7 ${word}`);
    assert.equal(to, guess && `<script type="text/plain" data-consent="${guess}">`);
  });
}

test("the key of a service among the categories is moved to where services stand", () => {
  const { _to: to } = only(
    facts({
      _marked: [
        marked([
          ["type", "text/plain"],
          ["data-consent", "statistics matomo"],
        ]),
      ],
    }),
  );
  assert.equal(to, '<script type="text/plain" data-consent="statistics" data-consent-service="matomo">');
});

test("the marks of automatic blocking are no faults", () => {
  const element = marked(
    [
      ["type", "text/plain"],
      ["data-consent", "matomo youtube"],
    ],
    { _address: "" },
  );
  assert.deepEqual(diagnose(facts({ _marked: [element] }, { automatic_blocking: true })), []);
  assert.equal(diagnose(facts({ _marked: [element] })).length, 2);
});

test("a service that does not exist, a mark without a name and an element without an address are reported", () => {
  const element = (attributes: Attributes, changes: Partial<Marked> = {}) =>
    diagnose(facts({ _marked: [marked([["type", "text/plain"], ...attributes], { _address: "", ...changes })] }));
  assert.deepEqual(ids(element([["data-consent-service", "youtub"]])), ["unknown-service 7 youtub"]);
  assert.deepEqual(ids(element([["data-consent", ""]])), ["unnamed 7"]);
  assert.deepEqual(ids(element([["data-consent", "statistics"]], { _state: "empty" })), ["no-address 7"]);
});

test("no mark is proposed for a necessary service, and why is said", () => {
  const { _title, _to } = only(facts({ _marked: [marked([["data-consent", "shop"], ["src", "/pay.js"]])] }));
  assert.equal(_title, "The shop is necessary, and so needs no mark");
  assert.equal(_to?.includes("data-consent"), false);
});

test("what is marked with a necessary service is set free", () => {
  const lines = (attributes: Attributes, name: string) =>
    only(facts({ _marked: [marked(attributes, { _tag: name })] }))._to;
  assert.equal(
    lines(
      [
        ["type", "text/plain"],
        ["data-consent-service", "shop"],
        ["data-consent-type", "module"],
        ["src", "/pay.js"],
      ],
      "script",
    ),
    '<script type="module" src="/pay.js">',
  );
  assert.equal(
    lines(
      [
        ["data-consent-service", "shop"],
        ["data-consent-src", "/a.gif"],
        ["alt", ""],
      ],
      "img",
    ),
    '<img src="/a.gif" alt="">',
  );
});

test("an unknown category on a declared host becomes the declared one, with its service", () => {
  for (const [attributes, changes] of [
    [[["data-consent", "marketing"]], {}],
    [[["data-consent", ""]], {}],
    [[["data-consent", "whatever"]], {}],
    [[["data-consent-service", "matomoo"]], {}],
  ] as [Attributes, Partial<Marked>][]) {
    const found = only(facts({ _marked: [marked([["type", "text/plain"], ...attributes], changes)] }));
    assert.match(found._to ?? "", /data-consent="statistics"/);
    assert.match(found._to ?? "", /data-consent-service="matomo"/);
  }
});

test("an element that waits for another category than its host's service is reported", () => {
  const waits = (attributes: Attributes) =>
    diagnose(facts({ _marked: [marked([["type", "text/plain"], ...attributes])] }));
  for (const attributes of [[["data-consent", "functional"]], [["data-consent-service", "youtube"]]] as Attributes[]) {
    const [found, ...others] = waits(attributes);
    assert.deepEqual([found?._id, found?._level, others], ["elsewhere 7", "warning", []]);
    assert.match(found?._to ?? "", /data-consent="statistics"/);
    assert.match(found?._to ?? "", /data-consent-service="matomo"/);
  }
  assert.deepEqual(waits([["data-consent", "statistics"]]), []);
  assert.deepEqual(waits([["data-consent", "statistics advertising"]]), []);
  assert.deepEqual(waits([["data-consent-service", "matomo"]]), []);
});

test("a frame without title and size, and a host that nobody declares, are worth a note", () => {
  const frame = marked(
    [
      ["data-consent", "advertising"],
      ["data-consent-src", "https://maps.test/"],
    ],
    {
      _tag: "iframe",
      _address: "https://maps.test/",
    },
  );
  const found = diagnose(facts({ _marked: [frame] }));
  assert.deepEqual(ids(found), ["frame-bare 7", "undeclared maps.test"]);
  assert.equal(found[1]?._to, '"hosts": ["maps.test"]');
});

// --- requests -------------------------------------------------------------------------------------------------

test("an unmarked element of a declared service gets its category and service", () => {
  const {
    _id: id,
    _level: level,
    _to: to,
  } = only(facts({ _unmarked: [unmarked("a.stats.test")], _fetched: [fetched("a.stats.test")] }));
  assert.deepEqual([id, level], ["unmarked a.stats.test", "fault"]);
  assert.equal(
    to,
    '<script type="text/plain" data-consent="statistics" data-consent-service="matomo" src="https://a.stats.test/x.js">',
  );
});

test("a host that several services share is well while one of them is allowed", () => {
  const shared = [
    { key: "matomo", name: "Matomo", category: "statistics", hosts: ["a.test"], cookies: [] },
    { key: "youtube", name: "YouTube", category: "advertising", hosts: ["a.test"], cookies: [] },
  ];
  const ask = (start: number) =>
    diagnose(facts({ ...later, _fetched: [fetched("a.test", start)] }, { services: shared }));
  assert.deepEqual(ask(1100), []);
  assert.match(ask(100)[0]?._why ?? "", /Matomo \(statistics\) and YouTube \(advertising\)/);
});

test("a host that several services declare gets one line for each, with exactly its category and key", () => {
  const services = [
    { key: "matomo", name: "Matomo", category: "statistics", hosts: ["a.test"], cookies: [] },
    { key: "film", name: "Film", category: "functional", hosts: ["*.test", "a.test"], cookies: [] },
  ];
  const { _to: to } = only(facts({ _unmarked: [unmarked("a.test")] }, { services }));
  assert.deepEqual(to?.split("\n\n"), [
    '<script type="text/plain" data-consent="statistics" data-consent-service="matomo" src="https://a.test/x.js">',
    '<script type="text/plain" data-consent="functional" data-consent-service="film" src="https://a.test/x.js">',
  ]);
});

test("what the banner declares counts more than what a host is known as", () => {
  const services = [{ key: "film", name: "Film", category: "functional", hosts: ["www.youtube.com"], cookies: [] }];
  const { _to: to } = only(facts({ _unmarked: [unmarked("www.youtube.com")] }, { services }));
  assert.match(to ?? "", /data-consent="functional" data-consent-service="film"/);
});

test("parts of one host that services declare by their paths are distinguished", () => {
  const services = [
    { key: "maps", name: "Maps", category: "functional", hosts: ["www.google.com/maps"], cookies: [] },
    { key: "guard", name: "reCAPTCHA", category: "necessary", hosts: ["www.google.com/recaptcha"], cookies: [] },
    { key: "ads", name: "Ads", category: "advertising", hosts: ["www.google.com"], cookies: [] },
  ];
  const frame = (path: string, id: number) => ({
    ...unmarked("www.google.com", [["src", `https://www.google.com${path}`]], "iframe"),
    _id: id,
    _address: `https://www.google.com${path}`,
  });
  const value = facts(
    { _unmarked: [frame("/maps/embed", 1), frame("/recaptcha/api.js", 2), frame("/x", 3)] },
    { services },
  );
  assert.deepEqual(
    diagnose(value).map(({ _id: id, _to: to }) => [id, to?.match(/service="(\w+)"/)?.[1]]),
    [
      ["unmarked www.google.com/maps", "maps"],
      ["unmarked www.google.com", "ads"],
    ],
  );
  assert.deepEqual(
    ["/maps", "/maps/a", "/mapsx", "/"].map((path) => servicesOf(services, `https://www.google.com${path}`)[0]?.key),
    ["maps", "maps", "ads", "ads"],
  );
  assert.equal(pathOf(services[0], "https://www.google.com/maps/a"), "/maps");
});

test("a necessary service has an address alone when it names it as exactly as any other", () => {
  const service = (key: string, category: string, host: string) => ({
    key,
    name: key,
    category,
    hosts: [host],
    cookies: [],
  });
  const owners = (needed: string, asked: string) =>
    servicesOf([service("needed", "necessary", needed), service("asked", "statistics", asked)], "https://a.test/x").map(
      ({ key }) => key,
    );
  assert.deepEqual(owners("a.test", "a.test"), ["needed"]);
  assert.deepEqual(owners("*.test", "a.test"), ["asked"]);
  assert.deepEqual(owners("a.test", "a.test/x"), ["asked"]);
  assert.deepEqual(owners("a.test/x", "a.test"), ["needed"]);
});

const loading: [string, Attributes, string][] = [
  [
    "img",
    [
      ["src", "https://a.stats.test/1.gif"],
      ["srcset", "https://a.stats.test/2.gif 2x"],
    ],
    'data-consent-src="https://a.stats.test/1.gif" data-consent-srcset="https://a.stats.test/2.gif 2x"',
  ],
  [
    "video",
    [
      ["src", "/own.mp4"],
      ["poster", "https://a.stats.test/p.jpg"],
    ],
    'data-consent-src="/own.mp4" data-consent-poster="https://a.stats.test/p.jpg"',
  ],
  ["source", [["srcset", "https://a.stats.test/2.gif"]], 'data-consent-srcset="https://a.stats.test/2.gif"'],
  ["object", [["data", "https://a.stats.test/o"]], 'data-consent-data="https://a.stats.test/o"'],
  ["embed", [["src", "https://a.stats.test/o"]], 'data-consent-src="https://a.stats.test/o"'],
  ["link", [["href", "https://a.stats.test/o"]], 'data-consent-href="https://a.stats.test/o"'],
];
for (const [name, attributes, line] of loading) {
  test(`an unmarked <${name}> gets the attributes that make it wait`, () => {
    const { _from: from, _to: to } = only(facts({ _unmarked: [unmarked("a.stats.test", attributes, name)] }));
    assert.equal(from, startTag(name, attributes));
    assert.equal(to, `<${name} data-consent="statistics" data-consent-service="matomo" ${line}>`);
  });
  test(`a marked <${name}> that loads at once is reported by its attributes`, () => {
    const { _why: why, _to: to } = only(
      facts({
        _marked: [marked([["data-consent-service", "matomo"], ...attributes], { _tag: name, _state: "loose" })],
      }),
    );
    for (const [attribute] of attributes)
      assert.match(why, new RegExp(`\\b${attribute}\\b.*data-consent-${attribute}`));
    assert.equal(to, `<${name} data-consent-service="matomo" ${line}>`);
  });
}

test("a stranger is a warning, one that everybody knows a fault of its usual category", () => {
  assert.equal(only(facts({ _unmarked: [unmarked("cdn.test")] }))._level, "warning");
  const { _level: level, _to: to } = only(facts({ _unmarked: [unmarked("www.googletagmanager.com")] }));
  assert.equal(level, "fault");
  assert.match(to ?? "", /data-consent="statistics" src/);
});

test("what an inline script asks for is mended in that script", () => {
  const { _from: from, _to: to } = only(
    facts({ _inline: [inline("a.stats.test")], _fetched: [fetched("a.stats.test")] }),
  );
  assert.equal(from, "<script>load(…");
  assert.equal(to, '<script type="text/plain" data-consent="statistics" data-consent-service="matomo">');
});

test("an element that a script has put in is mended in that script, not where it stands", () => {
  const element = {
    ...unmarked("a.stats.test", [
      ["async", ""],
      ["src", "https://a.stats.test/x.js"],
    ]),
    _injected: true,
  };
  const snippet = inline("a.stats.test", { _text: "(function(w,d,s,l,i){…" });
  const talk = inline("a.stats.test", { _id: 5, _inserts: false, _text: "config = …" });
  const { _from: from, _element: id } = only(facts({ _unmarked: [element], _inline: [talk, snippet] }));
  assert.deepEqual([from, id], ["<script>(function(w,d,s,l,i){…", 4]);
  const before = { _moments: [{ _from: 0, _decided: false, _granted: [] }] };
  const alone = only(facts({ ...before, _unmarked: [element], _fetched: [fetched("a.stats.test")] }));
  assert.deepEqual([alone._from, alone._to], [undefined, undefined]);
  assert.match(alone._why, /A script inserts what asks for it/);
});

test("a request of nobody's is a fault before it is allowed, and none afterwards", () => {
  const ask = (start: number) => diagnose(facts({ ...later, _fetched: [fetched("a.stats.test", start, "fetch")] }));
  assert.match(ask(900)[0]?._why ?? "", /without consent.*asked for by fetch/);
  assert.deepEqual(ask(1100), []);
});

test("a request for a marked element is the element's own business", () => {
  const released = marked(HELD, { _state: "loaded", _permitted: true, _start: 100 });
  const address = "https://a.stats.test/s.js";
  assert.deepEqual(
    diagnose(facts({ _marked: [released], _fetched: [{ _address: address, _by: "script", _start: 100 }] })),
    [],
  );
});

test("a connection prepared to somebody who is not allowed is to be removed", () => {
  const { _title: title, _to: to } = only(
    facts({
      _unmarked: [
        unmarked(
          "video.test",
          [
            ["rel", "preconnect"],
            ["href", "https://video.test"],
          ],
          "link",
        ),
      ],
    }),
  );
  assert.match(title, /prepares a connection/);
  assert.equal(to, "");
});

// --- storage --------------------------------------------------------------------------------------------------

test("what is set before the choice names its service and the line that holds it back", () => {
  const {
    _id: id,
    _level: level,
    _to: to,
  } = only(facts({ _stored: [{ _kind: "cookie", _name: "_pk_id.1", _seen: 0 }] }));
  assert.deepEqual([id, level], ["stored cookie _pk_id.1", "fault"]);
  assert.match(to ?? "", /data-consent="statistics" data-consent-service="matomo"/);
});

test("what nobody declares is a warning with the declaration to add", () => {
  const { _level: level, _to: to } = only(facts({ _stored: [{ _kind: "local_storage", _name: "theme", _seen: 0 }] }));
  assert.equal(level, "warning");
  assert.deepEqual(JSON.parse(to ?? ""), {
    name: "theme",
    kind: "local_storage",
    lifetime: "session",
    purpose: { en: "…" },
  });
});

test("what was set while it was allowed is well, and left over after the withdrawal", () => {
  const stored = [{ _kind: "cookie" as const, _name: "_pk_id.1", _seen: 1200 }];
  assert.deepEqual(diagnose(facts({ ...later, _stored: stored })), []);
  const moments = [...later._moments, { _from: 2000, _decided: true, _granted: [] }];
  assert.deepEqual(ids(diagnose(facts({ _moments: moments, _stored: stored }))), ["left cookie _pk_id.1"]);
});

// --- Google ---------------------------------------------------------------------------------------------------

const ALL = { ad_storage: "denied", ad_user_data: "denied", ad_personalization: "denied", analytics_storage: "denied" };
const initial: Entry = { _command: "consent", _what: "default", _values: ALL };
const config: Entry = { _command: "config", _what: "G-1", _values: {} };
const update: Entry = { _command: "consent", _what: "update", _values: ALL };
const gtm: Entry = { _command: "event", _what: "gtm.js", _values: {} };

const layers: [string, readonly Entry[], string[], ("off" | "basic")?][] = [
  ["the default first and then tags is well", [initial, config, gtm], []],
  ["an empty dataLayer is well", [], []],
  ["tags without a default are a fault", [config], ["google-no-default"]],
  ["a container without a default is a fault", [gtm, initial], ["google-late-default"]],
  ["a default after a tag is a fault", [config, initial], ["google-late-default"], "basic"],
  ["two defaults are a warning", [initial, initial, config], ["google-two-defaults"]],
  ["an update before its default is a fault", [update, initial], ["google-early-update"]],
  ["two regions are not two defaults", [{ ...initial, _values: { ...ALL, region: ["NO"] } }, initial, config], []],
  [
    "a default of two types is a warning",
    [{ ...initial, _values: { ad_storage: "denied", analytics_storage: "denied" } }],
    ["google-types"],
  ],
  [
    "a default that allows is a fault",
    [{ ...initial, _values: { ...ALL, ad_storage: "granted" } }],
    ["google-granting-default"],
  ],
];
for (const [what, layer, expected, mode = "off"] of layers) {
  test(`Consent Mode: ${what}`, () =>
    assert.deepEqual(ids(diagnose(facts({ _layer: layer }, { consent_mode: mode }))), expected));
}

test("a dataLayer that was replaced after the banner's default is named as what it is", () => {
  const { _from: from, _to: to } = only(facts({ _layer: [config] }, { consent_mode: "basic" }));
  assert.deepEqual([from, to], ["window.dataLayer = [];", "window.dataLayer = window.dataLayer || [];"]);
});

test("a choice that Google's tags did not get is a warning", () => {
  assert.deepEqual(ids(diagnose(facts({ ...later, _layer: [initial, config] }))), ["google-no-update"]);
  assert.deepEqual(diagnose(facts({ ...later, _layer: [initial, config, update] })), []);
});

// --- Tag Manager ----------------------------------------------------------------------------------------------

const htmlTag = (changes: Partial<Tag> = {}): Tag => ({
  _id: "4",
  _kind: "custom HTML",
  _addresses: ["https://connect.facebook.net/en_US/fbevents.js"],
  _consent: [],
  _builtIn: false,
  _triggered: false,
  ...changes,
});
const container = (changes: Partial<PageContainer> = {}): PageContainer => ({
  _id: "GTM-1",
  _tags: [htmlTag()],
  _state: "read",
  _waits: false,
  ...changes,
});
const basic = { consent_mode: "basic" as const };

test("tags without a consent check are a fault, each with the type that it should require", () => {
  const addresses = ["https://shop.no/basket", "https://a.stats.test/p.gif"];
  const pixel = htmlTag({ _id: "5", _kind: "custom image", _addresses: addresses });
  const other = htmlTag({ _id: "6", _kind: "template", _addresses: [] });
  const {
    _id: id,
    _level: level,
    _title: title,
    _why: why,
    _to: to,
  } = only(facts({ _containers: [container({ _tags: [htmlTag(), pixel, other] })] }, basic));
  assert.deepEqual([id, level], ["container-unchecked GTM-1", "fault"]);
  assert.equal(title, "3 tags of GTM-1 without a consent check");
  assert.match(why, /4 \(custom HTML, connect\.facebook\.net\), 5 \(custom image, a\.stats\.test\) and 6 \(template\)/);
  assert.equal(to, "tag 4: ad_storage\ntag 5: analytics_storage\ntag 6: the type of its purpose");
});

test("tags with a check, with one of their template's, or with a trigger on the banner's choice are well", () => {
  const tags = [{ _consent: ["ad_storage"] }, { _builtIn: true }, { _triggered: true }].map(htmlTag);
  assert.deepEqual(diagnose(facts({ _containers: [container({ _tags: tags })] }, basic)), []);
  const chips = tagRows(facts({ _containers: [container({ _tags: [...tags, htmlTag()] })] })).map(
    ({ _chip: chip }) => chip,
  );
  assert.deepEqual(chips, ["", "consent check", "own check", "by trigger", "no check"]);
});

test("without Consent Mode the panel says that checks find everything granted", () => {
  const off = only(facts({ _containers: [container()] }));
  assert.match(off._why, /Turn it on as well/);
  assert.doesNotMatch(only(facts({ _containers: [container()] }, basic))._why, /Turn it on/);
});

test("in a container that waits as a whole, tags without a check are only worth a note", () => {
  assert.equal(only(facts({ _containers: [container({ _waits: true })] }))._level, "note");
  assert.deepEqual(diagnose(facts({ _containers: [container({ _waits: true, _state: "held", _tags: [] })] })), []);
});

test("a container that cannot be read is reported, with where to look instead", () => {
  const {
    _id: id,
    _level: level,
    _why: why,
  } = only(facts({ _containers: [container({ _state: "unread", _tags: [] })] }));
  assert.deepEqual([id, level], ["container-unread GTM-1", "note"]);
  assert.match(why, /consent overview/);
});

test("what a tag of a container asks for is mended in Tag Manager", () => {
  const found = diagnose(
    facts({
      _containers: [container()],
      _fetched: [fetched("connect.facebook.net")],
      _inline: [inline("connect.facebook.net", { _injected: true })],
    }),
  );
  const request = found.find(({ _id: id }) => id === "unmarked connect.facebook.net");
  assert.match(request?._why ?? "", /Tag 4 of GTM-1 names it/);
  assert.equal(request?._from, undefined);
});

// --- the rest -------------------------------------------------------------------------------------------------

test("a policy that stops the consent server, or what the visitor allowed, is reported with what to add", () => {
  const released = marked(HELD, { _state: "loaded", _permitted: true });
  const refusals = [
    { _directive: "connect-src", _address: "https://consent.example.no/api/v1/sites/demo/decisions" },
    { _directive: "script-src", _address: "https://a.stats.test/s.js" },
    { _directive: "script-src", _address: "inline" },
    { _directive: "img-src", _address: "https://elsewhere.test/a.gif" },
  ];
  const found = diagnose(facts({ _marked: [released], _refusals: refusals }));
  assert.deepEqual(
    found.map(({ _to: to }) => to),
    ["connect-src https://consent.example.no", "script-src https://a.stats.test"],
  );
});

test("a page without a way back is reported, unless the small button is there", () => {
  assert.deepEqual(ids(diagnose(facts({}, { floating: false }))), ["no-way-back"]);
  assert.deepEqual(diagnose(facts({ _waysBack: 1 }, { floating: false })), []);
});

test("the worst comes first, and nothing twice", () => {
  const value = facts({
    _marked: [
      marked([["data-consent", "statistics"]], { _state: "loose" }),
      marked([["data-consent", "statistics"]], { _state: "loose" }),
    ],
    _stored: [{ _kind: "local_storage", _name: "theme", _seen: 0 }],
    _tags: [tag(), tag({ _id: 2 })],
  });
  assert.deepEqual(
    diagnose(value).map(({ _level: level }) => level),
    ["fault", "warning", "warning"],
  );
});

test("the tabs say of each thing whether it may be there", () => {
  const value = facts({
    ...later,
    _marked: [
      marked(HELD),
      marked(HELD, { _id: 8, _state: "loaded", _permitted: true, _start: 1200 }),
      marked(HELD, { _id: 9, _state: "loaded" }),
    ],
    _unmarked: [unmarked("a.stats.test")],
    _fetched: [fetched("a.stats.test"), fetched("cdn.test", 1500), fetched("pay.test")],
    _stored: [
      { _kind: "cookie", _name: "_pk_id.1", _seen: 0 },
      { _kind: "cookie", _name: "basket", _seen: 0 },
    ],
    _layer: [config, initial],
  });
  const chips = (rows: readonly Row[]) => rows.map(({ _chip: chip }) => chip);
  assert.deepEqual(chips(elementRows(value)), ["held back", "loaded", "ran before the withdrawal"]);
  assert.deepEqual(chips(requestRows(value)), ["without consent", "allowed", "necessary"]);
  assert.deepEqual(chips(storageRows(value)), ["without consent", "allowed"]);
  assert.deepEqual(chips(googleRows(value)), ["before a default", "consent"]);
  assert.deepEqual(summary(value), ["demo, version 3. Decided: statistics allowed."]);
});

const hosts: [string, string, boolean][] = [
  ["www.shop.no", "shop.no", true],
  ["www.shop.no", "cdn.shop.no", true],
  ["a.shop.no", "shop.no", true],
  ["a.shop.no", "b.shop.no", false],
  ["shop.no", "othershop.no", false],
  ["127.0.0.1:8000", "127.0.0.1:8001", false],
  ["localhost:1", "localhost:2", false],
  ["shop.github.io", "github.io", true],
];
for (const [a, b, same] of hosts) {
  test(`${a} and ${b} ${same ? "belong together" : "are strangers"}`, () => {
    assert.equal(together(a, b), same);
    assert.equal(together(b, a), same);
  });
}

test("a snippet is known by the host and the beginning of the path that it names", () => {
  const gtm = `(function(w,d,s,l,i){j=d.createElement(s);j.src='https://www.googletagmanager.com/gtm.js?id='+i})`;
  const address = "https://www.googletagmanager.com/gtm.js?id=GTM-1";
  assert.ok(inserts(gtm));
  assert.ok(names(gtm, address));
  assert.ok(!names(gtm, "https://www.googletagmanager.com/gtag/js?id=G-1"));
  assert.ok(names('u="//stats.test/";g.src=u+"matomo.js"', "https://stats.test/matomo.js"));
  assert.ok(names("`https://stats.test/${id}.js`", "https://stats.test/7.js"));
  assert.ok(names("'https:\\/\\/stats.test\\/a.js'", "https://stats.test/a.js"));
  for (const text of [
    "https://notstats.test/",
    "https://stats.test.other.test/",
    "https://stats.test:81/",
    "nothing",
  ]) {
    assert.ok(!names(text, "https://stats.test/matomo.js"), text);
  }
  assert.ok(!inserts('config = { api: "https://stats.test/" }'));
});

const srcsets: [string, string[]][] = [
  ["a.gif", ["a.gif"]],
  ["a.gif 1x, b.gif 2x", ["a.gif", "b.gif"]],
  ["a.gif 100w,b.gif 200w", ["a.gif", "b.gif"]],
  [" a.gif, b.gif 2x ,", ["a.gif", "b.gif"]],
  ["a,b.gif?c=1,2 1.5x", ["a,b.gif?c=1,2"]],
  ["", []],
];
for (const [value, expected] of srcsets) {
  test(`the addresses of srcset="${value}" are read`, () => assert.deepEqual(candidates(value), expected));
}

test("a declared host covers itself, and its sub-domains only when it says so", () => {
  const covers = (pattern: string, address: string) => exactness(pattern, new URL(address)) > 0;
  assert.deepEqual(
    [
      covers("a.no", "https://a.no:80"),
      covers("a.no", "https://b.a.no"),
      covers("*.a.no", "https://b.a.no"),
      covers("*.a.no", "https://a.no"),
      covers("*.a.no", "https://ba.no"),
      covers("a.no/maps", "https://a.no/maps"),
      covers("a.no/maps", "https://a.no/maps/x?y"),
      covers("a.no/maps", "https://a.no/mapsx"),
      covers("*.a.no/maps", "https://b.a.no/maps/"),
      covers("a.no/maps", "https://a.no/"),
    ],
    [true, false, true, false, false, true, true, false, true, false],
  );
  assert.equal(known("region1.google-analytics.com")?.name, "Google Analytics");
  assert.equal(known("notgoogle-analytics.com"), undefined);
});

test("a start tag is written so that it can be pasted", () => {
  assert.equal(
    startTag("img", [
      ["alt", ""],
      ["src", 'a?b=1&c="'],
      ["hidden", ""],
    ]),
    '<img alt="" src="a?b=1&amp;c=&quot;" hidden>',
  );
});

const LOADED: Readonly<Record<string, readonly string[]>> = {
  link: ["href"],
  img: ["src", "srcset"],
  source: ["src", "srcset"],
  video: ["src", "poster"],
  object: ["data"],
};

test("what is set free has its addresses where they load", () => {
  assert.equal(startTag("object", freed("object", [["data-consent-src", "/a"]])), '<object data="/a">');
  assert.equal(
    startTag(
      "img",
      freed("img", [
        ["data-consent-srcset", "/a"],
        ["data-consent-poster", "/b"],
      ]),
    ),
    '<img srcset="/a" data-consent-poster="/b">',
  );
});

test("whatever an element has, holding it back keeps it and lets nothing load", () => {
  const name = fc.constantFrom(
    "src",
    "href",
    "srcset",
    "poster",
    "data",
    "data-consent-src",
    "data-consent-srcset",
    "type",
    "class",
    "data-consent",
    "data-consent-service",
    "data-consent-type",
    "async",
  );
  fc.assert(
    fc.property(
      fc.constantFrom("script", "iframe", "img", "link", "video", "source", "object"),
      fc.uniqueArray(fc.tuple(name, fc.constantFrom("", "module", "x")), { selector: ([key]) => key }),
      (element, attributes) => {
        const made = held(element, attributes, [["data-consent", "statistics"]]);
        const names = made.map(([key]) => key);
        assert.equal(new Set(names).size, names.length);
        if (element === "script") assert.deepEqual(made[0], ["type", "text/plain"]);
        else for (const each of LOADED[element] ?? ["src"]) assert.ok(!names.includes(each));
        assert.ok(!attributes.some(([key]) => key === "class") || names.includes("class"));
      },
    ),
  );
});

test("the moment of a time is the newest that had begun", () => {
  assert.equal(momentAt(later._moments, 999)._decided, false);
  assert.equal(momentAt(later._moments, 1000)._decided, true);
  assert.equal(enumerate(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
});
