import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import type { Page } from "../src/fragment.ts";
import { informTools } from "../src/signals/inform.ts";
import type { Signals } from "../src/config.ts";
import { page, type Queues } from "../src/signals/tool.ts";

const MAPPING: Signals["mapping"] = {
  ad_storage: "advertising",
  ad_user_data: "advertising",
  ad_personalization: "advertising",
  analytics_storage: "statistics",
  functionality_storage: "functional",
  personalization_storage: "",
};
const TYPES = Object.keys(MAPPING);

const GOOGLE = { default: { wait_for_update: 500 }, set: { ads_data_redaction: true } };

/** A page on which some categories are allowed, or nothing is decided. */
function pageWith(signals: Partial<Signals>, stored?: string[]) {
  const listeners: (() => void)[] = [];
  let allowed = stored ?? [];
  const config = { categories: [{ key: "functional" }, { key: "statistics" }, { key: "advertising" }] };
  const session = { _view: () => ({ decided: !!stored }), _allowed: (key: string) => allowed.includes(key) };
  const page = [
    session,
    (_event: string, listener: () => void) => listeners.push(listener),
    ...new Array<undefined>(4),
    { ...config, signals: { mapping: MAPPING, ...signals } },
  ];
  informTools(...(page as unknown as Page));
  return (...keys: string[]) => {
    allowed = keys;
    for (const listener of listeners) listener();
  };
}

/** What stands in a queue; Google's commands are `arguments`, which only look like lists. */
const read = (queue: unknown[] | undefined) =>
  (queue ?? []).map((entry) =>
    Object.prototype.toString.call(entry) === "[object Arguments]" ? Array.from(entry as unknown[]) : entry,
  );

/** The state in which exactly these types are granted. */
const state = (...granted: string[]) => ({
  ...Object.fromEntries(TYPES.map((type) => [type, granted.includes(type) ? "granted" : "denied"])),
  security_storage: "granted",
});

afterEach(() => {
  for (const name of ["dataLayer", "gtag", "google_tag_manager", "uetq", "clarity", "_paq"] as const) delete page[name];
  mock.restoreAll();
});

test("Google gets first that everything but security is denied, and how long to wait", () => {
  pageWith({ google: GOOGLE });
  assert.deepEqual(read(page.dataLayer), [
    ["consent", "default", { ...state(), wait_for_update: 500 }],
    ["set", "ads_data_redaction", true],
  ]);
});

test("the default names its regions and what else is set, and nothing that is not", () => {
  pageWith({ google: { default: { wait_for_update: 0, region: ["NO", "US-CA"] }, set: { url_passthrough: true } } });
  assert.deepEqual(read(page.dataLayer), [
    ["consent", "default", { ...state(), wait_for_update: 0, region: ["NO", "US-CA"] }],
    ["set", "url_passthrough", true],
  ]);
});

test("on a later page Google gets what is allowed right after the default", () => {
  pageWith({ google: GOOGLE }, ["statistics"]);
  assert.deepEqual(read(page.dataLayer).at(-1), ["consent", "update", state("analytics_storage")]);
  assert.equal(page.dataLayer?.length, 3);
});

test("each decision is one update, a withdrawal too, and an unmapped type is never granted", () => {
  const decide = pageWith({ google: { ...GOOGLE, set: {} } });
  decide("functional", "statistics", "advertising");
  decide();
  assert.deepEqual(read(page.dataLayer).slice(1), [
    ["consent", "update", state(...TYPES.slice(0, 5))],
    ["consent", "update", state()],
  ]);
});

test("what waits in Google's queue is read after all that is known by then", () => {
  const event = { event: "gtm.js" };
  page.dataLayer = [event];
  const decide = pageWith({ google: GOOGLE }, []);
  page.dataLayer.push({ event: "waits too" });
  decide("statistics");
  const commands = read(page.dataLayer).slice(0, 4) as string[][];
  assert.deepEqual(
    commands.map(([, what]) => what),
    ["default", "ads_data_redaction", "update", "update"],
  );
  assert.equal(page.dataLayer[4], event);
});

test("a tag manager that has loaded before us gets the signal all the same, with a warning", () => {
  const warn = mock.method(console, "warn", () => {});
  page.google_tag_manager = {};
  // A tag manager reads by its own `push`; what is put into the array otherwise, it never sees.
  const received: unknown[] = [];
  page.dataLayer = Object.assign([{ event: "gtm.js" }], { push: (...entries: unknown[]) => received.push(...entries) });
  pageWith({ google: GOOGLE })("statistics");
  assert.deepEqual(
    read(received).map((command) => (command as string[])[1]),
    ["default", "ads_data_redaction", "update"],
  );
  assert.match(String(warn.mock.calls[0]?.arguments[0]), /ran before this script/);
});

test("a gtag of the page's own, on a queue of another name, is used instead", () => {
  const received: unknown[][] = [];
  page.gtag = (...command) => received.push(command);
  const warn = mock.method(console, "warn", () => {});
  pageWith({ google: GOOGLE })("advertising");
  assert.deepEqual(
    received.map(([, what]) => what),
    ["default", "ads_data_redaction", "update"],
  );
  assert.equal(page.dataLayer, undefined);
  assert.equal(warn.mock.callCount(), 0);
});

test("a page that has configured Google before us is warned", () => {
  const warn = mock.method(console, "warn", () => {});
  page.dataLayer = [];
  page.gtag = function () {
    (page.dataLayer as unknown[]).push(arguments);
  };
  page.gtag("js", new Date());
  pageWith({ google: GOOGLE });
  assert.equal(warn.mock.callCount(), 1);
});

test("Microsoft Advertising gets its one type", () => {
  const decide = pageWith({ uet: true });
  decide("advertising");
  decide("statistics");
  assert.deepEqual(page.uetq, [
    ...["consent", "default", { ad_storage: "denied" }],
    ...["consent", "update", { ad_storage: "granted" }],
    ...["consent", "update", { ad_storage: "denied" }],
  ]);
});

test("Clarity gets two types, with its capital letters, whether it has come or not", () => {
  const decide = pageWith({ clarity: true }, ["statistics"]);
  const early = (page.clarity as NonNullable<Queues["clarity"]>).q;
  assert.deepEqual(read(early), [["consentv2", { ad_Storage: "denied", analytics_Storage: "granted" }]]);
  const received: unknown[][] = [];
  page.clarity = (...command) => received.push(command);
  decide("advertising");
  assert.deepEqual(received, [["consentv2", { ad_Storage: "granted", analytics_Storage: "denied" }]]);
});

test("Matomo needs consent from the start, gets it once, and stores nothing when it is withdrawn", () => {
  const decide = pageWith({ matomo: true });
  decide();
  decide("statistics");
  decide("statistics", "advertising");
  decide("advertising");
  const [required, given, ...rest] = page._paq as [[string], [string], [(this: unknown) => void]];
  assert.deepEqual([required, given], [["requireConsent"], ["setConsentGiven"]]);
  const requireConsent = mock.fn();
  rest[0][0].call({ requireConsent });
  assert.equal(requireConsent.mock.callCount(), 1);
  assert.equal(rest.length, 1);
});

test("tag managers get an event when it is known what is allowed, after Google knows it too", () => {
  const decide = pageWith({ google: { ...GOOGLE, set: {} }, data_layer: true });
  assert.equal(page.dataLayer?.length, 1);
  decide("statistics");
  assert.deepEqual(read(page.dataLayer).slice(1), [
    ["consent", "update", state("analytics_storage")],
    { event: "samtykke_consent", samtykke: { functional: false, statistics: true, advertising: false } },
  ]);
});

test("a tool whose queue is odd harms neither the banner nor the other tools", () => {
  mock.method(console, "warn", () => {});
  page.dataLayer = Object.freeze([]) as unknown as unknown[];
  pageWith({ google: GOOGLE, uet: true });
  assert.deepEqual(page.uetq, ["consent", "default", { ad_storage: "denied" }]);
});

test("a site without signals leaves the page's globals alone", () => {
  pageWith({});
  assert.deepEqual(
    Object.keys(page).filter((name) => /dataLayer|gtag|uetq|clarity|_paq/.test(name)),
    [],
  );
});
