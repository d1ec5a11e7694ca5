// What the panel's tabs say of what was seen: pure, as findings are.
import { momentAt, present, type Entry, type Facts, type Marked } from "./facts.ts";
import { count, type Level } from "./finding.ts";
import { acts, isConsent } from "./google.ts";
import { known, whose } from "./hosts.ts";
import { named } from "./marks.ts";
import { startTag, valueOf } from "./markup.ts";
import { early, needed, released, strangers } from "./requests.ts";
import { traces, type Verdict } from "./storage.ts";

export interface Row {
  readonly id: string;
  readonly title: string;
  /** Shown as source text. */
  readonly code?: boolean;
  readonly chip: string;
  readonly kind: Level | "good" | "";
  readonly detail: string;
  readonly element?: number | undefined;
}

const seconds = (time: number): string => `${(time / 1000).toFixed(2)} s`;

function reason({ attributes, permitted }: Marked, { banner, moments }: Facts): string {
  const { granted } = present(moments);
  const service = valueOf(attributes, "data-consent-service");
  const own = banner.services.find(({ key }) => key === service)?.category;
  const needs = [...(service ? [service] : []), ...named(attributes).filter((key) => !service || key !== own)];
  const lacks = needs.filter((key) => key !== "necessary" && !granted.includes(key));
  if (permitted || !lacks.length) return `Needs ${needs.join(", ") || "nothing"}: allowed.`;
  const decided = present(moments).decided ? "not allowed" : "nothing is decided yet";
  return `Needs ${needs.join(", ")}: ${lacks.length < needs.length ? lacks.join(", ") + " is " : ""}${decided}.`;
}

const STATES: Readonly<Record<Marked["state"], readonly [string, Row["kind"]]>> = {
  blocked: ["held back", "note"],
  waiting: ["in line", "note"],
  loaded: ["loaded", "good"],
  loose: ["not held back", "fault"],
  empty: ["nothing to load", "fault"],
};

/** Every marked element: what it waits for, or that it has loaded. */
export const elementRows = (facts: Facts): Row[] =>
  facts.marked.map((each) => {
    const { id, tag, attributes, state, permitted, start } = each;
    const withdrawn = state === "loaded" && !permitted;
    const [chip, kind] = STATES[state];
    const when = start === undefined ? "" : ` Asked for after ${seconds(start)}.`;
    return {
      id: "element " + id,
      title: startTag(tag, attributes),
      code: true,
      chip: withdrawn ? "ran before the withdrawal" : chip,
      kind: withdrawn ? "note" : kind,
      detail: reason(each, facts) + when,
      element: tag === "script" || tag === "link" ? undefined : id,
    };
  });

/** Every other host that was contacted. */
export const requestRows = (facts: Facts): Row[] =>
  strangers(facts).map((stranger) => {
    const { host, place, services, fetched, elements } = stranger;
    const before = early(facts, stranger).length;
    const marked = fetched.some((each) => released(facts, each));
    const first = Math.min(...fetched.map(({ start }) => start));
    const verdict: [string, Row["kind"]] = needed(stranger)
      ? ["necessary", "good"]
      : before || (elements.length && !marked)
        ? [before ? "without consent" : "not held back", services.length || known(host) ? "fault" : "warning"]
        : ["allowed", "good"];
    const name = whose(services) || (known(host)?.name ?? "Not declared");
    return {
      id: "host " + place,
      title: place,
      chip: verdict[0],
      kind: verdict[1],
      detail: `${name}. ${fetched.length ? `${count(fetched.length, "request")}, the first after ${seconds(first)}.` : "Not asked yet."}`,
    };
  });

const VERDICTS: Readonly<Record<Verdict, readonly [string, Row["kind"]]>> = {
  own: ["ours", "good"],
  fine: ["allowed", "good"],
  early: ["without consent", "fault"],
  left: ["left over", "warning"],
  undeclared: ["not declared", "warning"],
};

const KINDS = {
  cookie: "Cookie",
  local_storage: "Local storage",
  session_storage: "Session storage",
  indexed_db: "Database",
} as const;

/** Everything stored that a page can see. */
export const storageRows = (facts: Facts): Row[] =>
  traces(facts).map(({ kind, name, owner, verdict, seen }) => ({
    id: `stored ${kind} ${name}`,
    title: name,
    chip: VERDICTS[verdict][0],
    kind: VERDICTS[verdict][1],
    detail: `${KINDS[kind]}${
      verdict === "own" ? ", the visitor's choice" : owner ? `, ${owner.name} (${owner.category})` : ""
    }. ${momentAt(facts.moments, seen).decided ? "First seen after the choice." : "There before the choice."}`,
  }));

const wordy = ({ values }: Entry): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(" ") : String(value)}`)
    .join(", ");

/** What was said to Google's tags, in its order. */
export function googleRows(facts: Facts): Row[] {
  let told = false;
  return (facts.layer ?? []).map((entry, index) => {
    told ||= isConsent(entry) && entry.what === "default";
    const uninformed = acts(entry) && !told;
    return {
      id: `entry ${index} ${entry.command} ${entry.what}`,
      title: `${index + 1}. ${[entry.command, entry.what].filter(Boolean).join(" ")}`,
      chip: isConsent(entry) ? "consent" : uninformed ? "before a default" : "",
      kind: isConsent(entry) ? "note" : uninformed ? "fault" : "",
      detail: isConsent(entry) ? wordy(entry) : "",
    };
  });
}

/** Whose page this is, what is decided, and what a developer must know to read the rest. */
export function summary(facts: Facts): string[] {
  const { banner, moments } = facts;
  const { decided, granted } = present(moments);
  const chosen = banner.categories.filter((key) => granted.includes(key));
  const mode = banner.consent_mode === "off" ? "" : ` Consent Mode: ${banner.consent_mode}.`;
  const automatic = banner.automatic_blocking
    ? " Automatic blocking is on, so elements may be marked that are not in your source."
    : "";
  const state = decided ? `Decided: ${chosen.join(", ") || "nothing"} allowed.` : "Nothing is decided yet.";
  const earlier = moments[0]?.decided;
  return [
    `${banner.site}, version ${banner.version}. ${state}${mode}${automatic}`,
    ...(earlier ? ["The choice is older than this page. What a new visitor meets is seen in a private window."] : []),
  ];
}
