// What the panel's tabs say of what was seen: pure, as findings are.
import { kindOf, traces, type Verdict } from "./storage.ts";
import { known, whose } from "./hosts.ts";
import { named } from "./marks.ts";
import { acts, isConsent } from "./google.ts";
import { count, type Level } from "./finding.ts";
import { early, needed, released, strangers } from "./requests.ts";
import { startTag, valueOf } from "./markup.ts";
import { momentAt, present, type Entry, type Facts, type Marked } from "./facts.ts";

export interface Row {
  readonly _id: string;
  readonly _title: string;
  /** Shown as source text. */
  readonly _code?: boolean;
  readonly _chip: string;
  readonly _kind: Level | "good" | "";
  readonly _detail: string;
  readonly _element?: number | undefined;
}

const seconds = (time: number): string => `${(time / 1000).toFixed(2)} s`;

function reason(
  { _attributes: attributes, _permitted: permitted }: Marked,
  { _banner: banner, _moments: moments }: Facts,
): string {
  const { _granted: granted } = present(moments);
  const service = valueOf(attributes, "data-consent-service");
  const own = banner.services.find(({ key }) => key === service)?.category;
  const needs = [...(service ? [service] : []), ...named(attributes).filter((key) => !service || key !== own)];
  const lacks = needs.filter((key) => key !== "necessary" && !granted.includes(key));
  if (permitted || !lacks.length) return `Needs ${needs.join(", ") || "nothing"}: allowed.`;
  const decided = present(moments)._decided ? "not allowed" : "nothing is decided yet";
  return `Needs ${needs.join(", ")}: ${lacks.length < needs.length ? lacks.join(", ") + " is " : ""}${decided}.`;
}

const STATES: Readonly<Record<Marked["_state"], readonly [string, Row["_kind"]]>> = {
  blocked: ["held back", "note"],
  waiting: ["in line", "note"],
  loaded: ["loaded", "good"],
  loose: ["not held back", "fault"],
  empty: ["nothing to load", "fault"],
};

/** Every marked element: what it waits for, or that it has loaded. */
export const elementRows = (facts: Facts): Row[] =>
  facts._marked.map((each) => {
    const { _id: id, _tag: tag, _attributes: attributes, _state: state, _permitted: permitted, _start: start } = each;
    const withdrawn = state === "loaded" && !permitted;
    const [chip, kind] = STATES[state];
    const when = start === undefined ? "" : ` Asked for after ${seconds(start)}.`;
    return {
      _id: "element " + id,
      _title: startTag(tag, attributes),
      _code: true,
      _chip: withdrawn ? "ran before the withdrawal" : chip,
      _kind: withdrawn ? "note" : kind,
      _detail: reason(each, facts) + when,
      _element: tag === "script" || tag === "link" ? undefined : id,
    };
  });

/** Every other host that was contacted. */
export const requestRows = (facts: Facts): Row[] =>
  strangers(facts).map((stranger) => {
    const { _host: host, _place: place, _services: services, _fetched: fetched, _elements: elements } = stranger;
    const before = early(facts, stranger).length;
    const marked = fetched.some((each) => released(facts, each));
    const first = Math.min(...fetched.map(({ _start: start }) => start));
    const verdict: [string, Row["_kind"]] = needed(stranger)
      ? ["necessary", "good"]
      : before || (elements.length && !marked)
        ? [before ? "without consent" : "not held back", services.length || known(host) ? "fault" : "warning"]
        : ["allowed", "good"];
    const name = whose(services) || (known(host)?.name ?? "Not declared");
    return {
      _id: "host " + place,
      _title: place,
      _chip: verdict[0],
      _kind: verdict[1],
      _detail: `${name}. ${fetched.length ? `${count(fetched.length, "request")}, the first after ${seconds(first)}.` : "Not asked yet."}`,
    };
  });

const VERDICTS: Readonly<Record<Verdict, readonly [string, Row["_kind"]]>> = {
  own: ["ours", "good"],
  fine: ["allowed", "good"],
  early: ["without consent", "fault"],
  left: ["left over", "warning"],
  undeclared: ["not declared", "warning"],
};

/** Everything stored that a page can see. */
export const storageRows = (facts: Facts): Row[] =>
  traces(facts).map((trace) => {
    const { _kind: kind, _name: name, _owner: owner, _verdict: verdict, _seen: seen } = trace;
    return {
      _id: `stored ${kind} ${name}`,
      _title: name,
      _chip: VERDICTS[verdict][0],
      _kind: VERDICTS[verdict][1],
      _detail: `${kindOf(trace).replace(/^./, (first) => first.toUpperCase())}${
        verdict === "own" ? ", the visitor's choice" : owner ? `, ${owner.name} (${owner.category})` : ""
      }. ${momentAt(facts._moments, seen)._decided ? "First seen after the choice." : "There before the choice."}`,
    };
  });

const describeValues = ({ _values: values }: Entry): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(" ") : String(value)}`)
    .join(", ");

/** The commands to Google's tags, in their order. */
export function googleRows(facts: Facts): Row[] {
  let defaulted = false;
  return (facts._layer ?? []).map((entry, index) => {
    defaulted ||= isConsent(entry) && entry._what === "default";
    const uninformed = acts(entry) && !defaulted;
    return {
      _id: `entry ${index} ${entry._command} ${entry._what}`,
      _title: `${index + 1}. ${[entry._command, entry._what].filter(Boolean).join(" ")}`,
      _chip: isConsent(entry) ? "consent" : uninformed ? "before a default" : "",
      _kind: isConsent(entry) ? "note" : uninformed ? "fault" : "",
      _detail: isConsent(entry) ? describeValues(entry) : "",
    };
  });
}

/** Whose page this is, what is decided, and what a developer must know to read the rest. */
export function summary(facts: Facts): string[] {
  const { _banner: banner, _moments: moments } = facts;
  const { _decided: decided, _granted: granted } = present(moments);
  const chosen = banner.categories.filter((key) => granted.includes(key));
  const mode = banner.consent_mode === "off" ? "" : ` Consent Mode: ${banner.consent_mode}.`;
  const automatic = banner.automatic_blocking
    ? " Automatic blocking is on, so elements may be marked that are not in your source."
    : "";
  const state = decided ? `Decided: ${chosen.join(", ") || "nothing"} allowed.` : "Nothing is decided yet.";
  const earlier = moments[0]?._decided;
  return [
    `${banner.site}, version ${banner.version}. ${state}${mode}${automatic}`,
    ...(earlier ? ["The choice is older than this page. A private window shows what a new visitor sees."] : []),
  ];
}
