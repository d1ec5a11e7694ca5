// What a container of Google Tag Manager holds, from its public script: `gtm.js?id=GTM-…`.
//
// The script has it as JSON: `"resource": {macros, tags, predicates, rules}`, `"permissions"` of templates. A tag has
// `"consent": ["list", "ad_storage"]` for an additional consent check, `["list"]` for "no additional consent required",
// and nothing where nobody has chosen. Nothing of this is documented: what has another form is reported as not readable.

/** One tag of a container that can run. */
export interface Tag {
  /** The script has its number only, not its name. */
  readonly _id: string;
  /** Its type for a sentence. */
  readonly _kind: string;
  /** Addresses that it names. */
  readonly _addresses: readonly string[];
  /** The consent types of its additional check; empty where none is required. */
  readonly _consent: readonly string[];
  /** Whether its template asks for the consent itself, as Google's own do. */
  readonly _builtIn: boolean;
  /** Whether it fires only by triggers that read what the banner pushed to the data layer. */
  readonly _triggered: boolean;
}

export interface Container {
  /** `GTM-…` */
  readonly _id: string;
  readonly _tags: readonly Tag[];
}

type Json = Readonly<Record<string, unknown>>;
/** A value that is written as a list: `["macro", 3]`. */
type List = readonly unknown[];

/** Google's tags with built-in consent checks: https://support.google.com/analytics/answer/9976101 */
const GOOGLE = /^__(googtag|gaawc|gaawe|ua|awct|awud|sp|flc|fls|gclidw)$/;

/** Listeners that triggers need, and tags that are paused: nothing of these reaches anybody. */
const SILENT = /^__(paused|cl|lcl|fsl|sdl|evl|hl|tl|ytl|jel|tg)$/;

const kindOf = (type: string): string =>
  GOOGLE.test(type)
    ? "Google"
    : ({ __html: "custom HTML", __img: "custom image" }[type] ??
      (type.startsWith("__cvt_") ? "template" : "type " + type.slice(2)));

/** Addresses in whatever a tag is set up with, and in what its template may do. */
const addressesIn = (setup: List): string[] =>
  [...JSON.stringify(setup).matchAll(/\/\/(?:[\w-]+\.)+[a-z]{2,}(?:\/[\w./-]*)?/gi)].map(([rest]) => "https:" + rest);

/** The JSON object behind a key of a script. */
function objectBehind(source: string, key: string): Json {
  const start = source.indexOf("{", source.indexOf(`"${key}":`));
  let depth = 0;
  // Strings are passed over whole: braces in them count for nothing.
  for (const { 0: sign, index } of source.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    depth += sign === "{" ? 1 : sign === "}" ? -1 : 0;
    if (!depth) return JSON.parse(source.slice(start, start + index + 1)) as Json;
  }
  throw new SyntaxError(key);
}

/**
 * The tags of a container that can run.
 * @param source The text of its public script.
 * @throws Error where the script is none, or has another form.
 */
export function readContainer(source: string): Tag[] {
  const { tags, macros, predicates, rules } = objectBehind(source, "resource") as Readonly<
    Record<string, readonly Json[]>
  >;
  const permissions = source.includes('"permissions":') ? objectBehind(source, "permissions") : {};
  /** Whether a condition asks that the banner has pushed to the data layer `samtykke.<category>: true`. */
  const granting = (predicates ?? []).map(({ function: how, arg0, arg1 }) => {
    const variable = macros?.[(arg0 as List)[1] as number];
    return how === "_eq" && /^samtykke\./.test(String(variable?.vtp_name)) && String(arg1) === "true";
  });
  /** A part of a rule: `["if", …conditions]`, `["unless", …]`, `["add", …tags]` or `["block", …]`. */
  const part = (rule: unknown, name: string) => (rule as readonly List[]).find(([each]) => each === name) ?? [];
  const grants = (conditions: List) => conditions.some((each) => granting[each as number]);
  return (tags as readonly Json[]).flatMap((each, index): Tag[] => {
    const { function: name, tag_id, consent, ...setup } = each;
    const type = String(name);
    if (SILENT.test(type)) return [];
    const ruling = (effect: string) => (rules ?? []).filter((rule) => part(rule, effect).includes(index));
    const adding = ruling("add");
    return [
      {
        _id: String(tag_id),
        _kind: kindOf(type),
        _addresses: addressesIn([setup, permissions[type]]),
        _consent: ((consent ?? []) as List).slice(1).map(String),
        _builtIn: GOOGLE.test(type) || "access_consent" in ((permissions[type] as object | undefined) ?? {}),
        _triggered:
          (adding.length > 0 && adding.every((rule) => grants(part(rule, "if")))) ||
          ruling("block").some((rule) => grants(part(rule, "unless"))),
      },
    ];
  });
}
