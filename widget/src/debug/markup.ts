// Start tags as a developer would write them, and how they have to be written.
import type { Attributes, DeclaredService } from "./facts.ts";

const MEANINGFUL_EMPTY = /^(alt|value|src|href|data-consent)$/;

/** Longest value that is shown; data addresses and the like are cut. */
const LONGEST = 200;

const written = ([name, value]: readonly [string, string]): string => {
  if (!value && !MEANINGFUL_EMPTY.test(name)) return name;
  const shown = value.length > LONGEST ? value.slice(0, LONGEST) + "…" : value;
  return `${name}="${shown.replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"`;
};

/** A start tag. */
export const startTag = (tag: string, attributes: Attributes): string =>
  `<${[tag, ...attributes.map(written)].join(" ")}>`;

/** The whole of an element without content. */
export const whole = (tag: string, attributes: Attributes): string =>
  startTag(tag, attributes) + (/^(script|iframe|video|audio)$/.test(tag) ? `</${tag}>` : "");

export const valueOf = (attributes: Attributes, name: string): string | undefined =>
  attributes.find(([each]) => each === name)?.[1];

/** The attributes with one changed in place, or added at the end. */
export const having = (attributes: Attributes, name: string, value: string): Attributes =>
  valueOf(attributes, name) === undefined
    ? [...attributes, [name, value]]
    : attributes.map((each) => (each[0] === name ? ([name, value] as const) : each));

export const without = (attributes: Attributes, ...names: readonly string[]): Attributes =>
  attributes.filter(([name]) => !names.includes(name));

const LOADS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  link: ["href"],
  object: ["data"],
  img: ["src", "srcset"],
  source: ["src", "srcset"],
  video: ["src", "poster"],
};

/** The attributes that make an element load; the first is the one that `data-consent-src` may stand for. */
export const loads = (tag: string): readonly [string, ...string[]] => LOADS[tag] ?? ["src"];

/** What an element of a declared service has to name. */
export const marksFor = ({ key, category }: DeclaredService): Attributes => [
  ["data-consent", category],
  ["data-consent-service", key],
];

/** The addresses in the value of a `srcset`, without their widths and densities. */
export const candidates = (value: string): string[] =>
  [...value.matchAll(/([^\s,]\S*[^\s,]|[^\s,])(?:\s+[^,]*)?,?/g)].map(([, address]) => address as string);

/**
 * The attributes of an element that waits for consent.
 * @param marks `data-consent` and `data-consent-service`, as far as they are known.
 */
export function held(tag: string, attributes: Attributes, marks: Attributes): Attributes {
  const rest = without(attributes, "data-consent", "data-consent-service");
  if (tag === "script") {
    const type = valueOf(rest, "type");
    const kind: Attributes = type === "module" ? [["data-consent-type", "module"]] : [];
    return [["type", "text/plain"], ...marks, ...kind, ...without(rest, "type", "data-consent-type")];
  }
  const names = rest.map(([name]) => name);
  const moved = rest
    .filter(([name]) => !loads(tag).includes(name) || !names.includes("data-consent-" + name))
    .map(([name, value]) => [loads(tag).includes(name) ? "data-consent-" + name : name, value] as const);
  return [...marks, ...moved];
}

/** The attributes of an element that need not wait. */
export function freed(tag: string, attributes: Attributes): Attributes {
  const type = valueOf(attributes, "data-consent-type");
  const rest = without(attributes, "data-consent", "data-consent-service", "data-consent-type");
  if (tag === "script") return [...(type ? [["type", type] as const] : []), ...without(rest, "type")];
  return rest.map(([name, value]) => {
    const own = name.replace("data-consent-", "");
    return [loads(tag).includes(own) ? own : name === "data-consent-src" ? loads(tag)[0] : name, value] as const;
  });
}
