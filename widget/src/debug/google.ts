// Google Consent Mode: the default before anything else, one default, and an update when the visitor has chosen.
import { present, type Entry, type Facts } from "./facts.ts";
import { enumerate, type Finding } from "./finding.ts";

/** The types that Google's advertising and measuring ask about. */
const NEEDED = ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"];

const DENIED = `gtag("consent", "default", {
  ad_storage: "denied",
  ad_user_data: "denied",
  ad_personalization: "denied",
  analytics_storage: "denied",
  wait_for_update: 500
});`;

const UPDATE = `samtykke.on("change", (consent) => gtag("consent", "update", {
  ad_storage: consent.advertising ? "granted" : "denied",
  ad_user_data: consent.advertising ? "granted" : "denied",
  ad_personalization: consent.advertising ? "granted" : "denied",
  analytics_storage: consent.statistics ? "granted" : "denied"
}));`;

const STUDIO = "In the studio, under Behaviour:";
const MODE = '"consent_mode": "basic"';

/** Whether an entry makes Google's tags do something: then the default has to be known. */
export const acts = ({ _command: command, _what: what }: Entry): boolean =>
  /^(config|event|js|get)$/.test(command) || /^gtm\.(js|dom|load|init)$/.test(what);

export const isConsent = ({ _command: command }: Entry): boolean => command === "consent";

const describe = ({ _command: command, _what: what }: Entry): string =>
  command === "event" && /^gtm\./.test(what)
    ? `the start of Tag Manager (${what})`
    : `gtag("${[command, what].filter(Boolean).join('", "')}")`;

/** What the rules look at. */
interface Commands {
  readonly _banner: Facts["_banner"];
  /** Whether the visitor has decided. */
  readonly _decided: boolean;
  /** Whether the banner itself sets the consent of Google's tags. */
  readonly _on: boolean;
  /** The page's commands to Google's tags, in their order. */
  readonly _layer: readonly Entry[];
  readonly _defaults: readonly Entry[];
  readonly _initial: Entry | undefined;
  readonly _update: Entry | undefined;
  /** The first entry that makes a tag do something. */
  readonly _first: Entry | undefined;
}

/** What is wrong, if anything; each about one thing. */
type Rule = (commands: Commands) => Finding | false | undefined;

const defaultLine = ({ _values: values }: Entry): string => `gtag("consent", "default", ${JSON.stringify(values)})`;

const noDefault: Rule = ({ _initial: initial, _first: first, _on: on }) =>
  !initial &&
  first && {
    _id: "google-no-default",
    _level: "fault",
    _title: "Google's tags start without a default consent",
    _why: on
      ? `The banner has set one, but the page has replaced dataLayer since: ${describe(first)} is in it and the default is not.`
      : `${describe(first)} came, and nobody had set a default. Without one, Google treats everything as allowed.`,
    ...(on
      ? { _from: "window.dataLayer = [];", _to: "window.dataLayer = window.dataLayer || [];" }
      : { _where: STUDIO, _to: MODE }),
  };

const lateDefault: Rule = ({ _initial: initial, _first: first, _on: on, _layer: layer, _banner: banner }) =>
  initial &&
  first &&
  layer.indexOf(initial) > layer.indexOf(first) && {
    _id: "google-late-default",
    _level: "fault",
    _title: "The default consent comes too late",
    _why: `${describe(first)} came before it. What started there has read a consent that nobody had set.`,
    _where: "Above every other script of Google's:",
    _to: on ? `<head>\n  <script src="${banner.origin}/w/${banner.site}.js"></script>` : DENIED,
  };

const earlyUpdate: Rule = ({ _initial: initial, _update: update, _layer: layer }) =>
  update &&
  (!initial || layer.indexOf(update) < layer.indexOf(initial)) && {
    _id: "google-early-update",
    _level: "fault",
    _title: "An update of the consent comes before its default",
    _why: "The default that follows overrides what the visitor chose.",
    _from: `gtag("consent", "update", …)`,
    _where: "In front of it:",
    _to: DENIED,
  };

const twoDefaults: Rule = ({ _defaults: defaults, _on: on }) => {
  const regions = defaults.map(({ _values: values }) => JSON.stringify(values.region ?? ""));
  const twice = defaults.find((_, index) => regions.indexOf(regions[index] as string) < index);
  return (
    twice && {
      _id: "google-two-defaults",
      _level: on ? "fault" : "warning",
      _title: "The default consent is set twice",
      _why: on
        ? "The banner sets it, and so does the page or another banner. The later one counts."
        : "Only the later one counts, and tags may have started in between.",
      _from: defaultLine(twice),
      _to: "",
    }
  );
};

const unnamedTypes: Rule = ({ _defaults: defaults, _initial: initial }) => {
  const named = new Set(defaults.flatMap(({ _values: values }) => Object.keys(values)));
  const lacks = NEEDED.filter((type) => !named.has(type));
  return (
    initial &&
    lacks.length > 0 && {
      _id: "google-types",
      _level: "warning",
      _title: `The default says nothing of ${enumerate(lacks, 4)}`,
      _why: "What the default does not name counts as allowed.",
      _from: defaultLine(initial),
      _to: DENIED,
    }
  );
};

const grantingDefault: Rule = ({ _defaults: defaults }) => {
  const granted = ({ _values: values }: Entry) => NEEDED.filter((type) => values[type] === "granted");
  const granting = defaults.find((each) => !each._values.region && granted(each).length);
  return (
    granting && {
      _id: "google-granting-default",
      _level: "fault",
      _title: "The default consent allows before anybody was asked",
      _why: `It grants ${enumerate(granted(granting), 4)} to every visitor of every country.`,
      _from: defaultLine(granting),
      _to: DENIED,
    }
  );
};

const noUpdate: Rule = ({ _decided: decided, _initial: initial, _update: update, _on: on }) =>
  decided &&
  initial &&
  !update && {
    _id: "google-no-update",
    _level: "warning",
    _title: "Google's tags did not get the choice",
    _why: "The default stays in force on this page, whatever the visitor chose.",
    _where: on ? "The banner signals it by itself when its own default stands. Remove the page's, or add:" : STUDIO,
    _to: on ? UPDATE : MODE,
  };

const RULES = [noDefault, lateDefault, earlyUpdate, twoDefaults, unnamedTypes, grantingDefault, noUpdate];

function judge({ _banner: banner, _moments: moments }: Facts, layer: readonly Entry[]): Finding[] {
  const consents = (what: string) => layer.filter((each) => isConsent(each) && each._what === what);
  const defaults = consents("default");
  const commands: Commands = {
    _banner: banner,
    _decided: present(moments)._decided,
    _on: banner.consent_mode !== "off",
    _layer: layer,
    _defaults: defaults,
    _initial: defaults[0],
    _update: consents("update")[0],
    _first: layer.find(acts),
  };
  return RULES.flatMap((rule) => rule(commands) || []);
}

export const google = (facts: Facts): Finding[] => (facts._layer ? judge(facts, facts._layer) : []);
