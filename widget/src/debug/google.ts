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
export const acts = ({ command, what }: Entry): boolean =>
  /^(config|event|js|get)$/.test(command) || /^gtm\.(js|dom|load|init)$/.test(what);

export const isConsent = ({ command }: Entry): boolean => command === "consent";

const spoken = ({ command, what }: Entry): string =>
  command === "event" && /^gtm\./.test(what)
    ? `the start of Tag Manager (${what})`
    : `gtag("${[command, what].filter(Boolean).join('", "')}")`;

function missing(facts: Facts, first: Entry): Finding {
  const on = facts.banner.consent_mode !== "off";
  return {
    id: "google-no-default",
    level: "fault",
    title: "Google's tags start without a default consent",
    why: on
      ? `The banner has set one, but the page has replaced dataLayer since: ${spoken(first)} is in it and the default is not.`
      : `${spoken(first)} came, and nobody had set a default. Without one, Google treats everything as allowed.`,
    ...(on
      ? { from: "window.dataLayer = [];", to: "window.dataLayer = window.dataLayer || [];" }
      : { where: STUDIO, to: MODE }),
  };
}

/** @param layer What the page has said to Google's tags, in its order. */
function judge(facts: Facts, layer: readonly Entry[]): Finding[] {
  const found: Finding[] = [];
  const on = facts.banner.consent_mode !== "off";
  const defaults = layer.filter((each) => isConsent(each) && each.what === "default");
  const updates = layer.filter((each) => isConsent(each) && each.what === "update");
  const first = layer.find(acts);
  const [initial] = defaults;
  if (!initial) {
    if (first) found.push(missing(facts, first));
  } else if (first && layer.indexOf(initial) > layer.indexOf(first)) {
    found.push({
      id: "google-late-default",
      level: "fault",
      title: "The default consent comes too late",
      why: `${spoken(first)} came before it. What started there has read a consent that nobody had set.`,
      where: "Above every other script of Google's:",
      to: on ? `<head>\n  <script src="${facts.banner.origin}/w/${facts.banner.site}.js"></script>` : DENIED,
    });
  }
  const [update] = updates;
  if (update && (!initial || layer.indexOf(update) < layer.indexOf(initial))) {
    found.push({
      id: "google-early-update",
      level: "fault",
      title: "An update of the consent comes before its default",
      why: "The default that follows overrides what the visitor chose.",
      from: `gtag("consent", "update", …)`,
      where: "In front of it:",
      to: DENIED,
    });
  }
  const regions = defaults.map(({ values }) => JSON.stringify(values.region ?? ""));
  const twice = defaults.find((_, index) => regions.indexOf(regions[index] as string) < index);
  if (twice) {
    found.push({
      id: "google-two-defaults",
      level: on ? "fault" : "warning",
      title: "The default consent is set twice",
      why: on
        ? "The banner sets it, and so does the page or another banner. The later one counts."
        : "Only the later one counts, and tags may have started in between.",
      from: `gtag("consent", "default", ${JSON.stringify(twice.values)})`,
      to: "",
    });
  }
  const said = new Set(defaults.flatMap(({ values }) => Object.keys(values)));
  const lacks = NEEDED.filter((type) => !said.has(type));
  if (initial && lacks.length) {
    found.push({
      id: "google-types",
      level: "warning",
      title: `The default says nothing of ${enumerate(lacks, 4)}`,
      why: "What the default does not name counts as allowed.",
      from: `gtag("consent", "default", ${JSON.stringify(initial.values)})`,
      to: DENIED,
    });
  }
  const granting = defaults.find(({ values }) => !values.region && NEEDED.some((type) => values[type] === "granted"));
  if (granting) {
    found.push({
      id: "google-granting-default",
      level: "fault",
      title: "The default consent allows before anybody was asked",
      why: `It grants ${enumerate(
        NEEDED.filter((type) => granting.values[type] === "granted"),
        4,
      )} to every visitor of every country.`,
      from: `gtag("consent", "default", ${JSON.stringify(granting.values)})`,
      to: DENIED,
    });
  }
  if (present(facts.moments).decided && initial && !update) {
    found.push({
      id: "google-no-update",
      level: "warning",
      title: "Google's tags were not told of the choice",
      why: "The default stays in force on this page, whatever the visitor chose.",
      where: on ? "The banner tells them by itself when its own default stands. Remove the page's, or add:" : STUDIO,
      to: on ? UPDATE : MODE,
    });
  }
  return found;
}

export const google = (facts: Facts): Finding[] => (facts.layer ? judge(facts, facts.layer) : []);
