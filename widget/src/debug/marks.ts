// Elements that were marked, but not so that they wait, or for something that does not exist.
import type { Attributes, Banner, DeclaredService, Facts, Marked } from "./facts.ts";
import { freed, having, held, loads, marksFor, startTag, valueOf } from "./markup.ts";
import { hostOf, servicesOf, whose } from "./hosts.ts";
import { enumerate, type Finding } from "./finding.ts";

const CATEGORIES = "data-consent";
const SERVICE = "data-consent-service";

/** Other products' terms for the usual categories. */
const CALLED: Readonly<Record<string, string>> = {
  analytics: "statistics",
  performance: "statistics",
  measurement: "statistics",
  stats: "statistics",
  marketing: "advertising",
  targeting: "advertising",
  ads: "advertising",
  ad: "advertising",
  social: "advertising",
  preferences: "functional",
  functionality: "functional",
  essential: "necessary",
  required: "necessary",
};

/** How many letters must be changed to make one word the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** The key that was probably meant. */
export function meant(word: string, keys: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const called = CALLED[lower];
  if (called && keys.includes(called)) return called;
  const near = keys
    .map((key) => ({ key, far: key.startsWith(lower) || lower.startsWith(key) ? 1 : distance(lower, key) }))
    .sort((one, other) => one.far - other.far)[0];
  return near && near.far <= Math.max(1, Math.floor(word.length / 3)) ? near.key : undefined;
}

/** The categories that an element names. */
export const named = (attributes: Attributes): string[] => valueOf(attributes, CATEGORIES)?.match(/[^\s,]+/g) ?? [];

/** What an element waits for, as its attributes say it. */
const marksOf = (attributes: Attributes): Attributes =>
  [CATEGORIES, SERVICE].flatMap((name) => {
    const value = valueOf(attributes, name);
    return value === undefined ? [] : [[name, value] as const];
  });

/** A finding about a marked element; which one, and its line as it is, is added to all. */
type Mark = Omit<Finding, "_element" | "_from">;

function notInert({ _id: id, _tag: tag, _attributes: attributes }: Marked): Mark {
  const script = tag === "script";
  const open = loads(tag).filter((name) => valueOf(attributes, name) !== undefined);
  const targets = open.map((name) => "data-consent-" + name);
  return {
    _id: "not-inert " + id,
    _level: "fault",
    _title: script ? "A marked script runs at once" : `A marked <${tag}> loads at once`,
    _why: script
      ? 'Browsers run it before anybody can stop it. Only type="text/plain" makes it wait.'
      : `Browsers follow ${enumerate(open)} at once. What stands there belongs into ${enumerate(targets)}.`,
    _to: startTag(tag, held(tag, attributes, marksOf(attributes))),
  };
}

/** The services that declare what an element loads. */
const owners = (
  { _address: address, _others: others }: Marked,
  services: readonly DeclaredService[],
): DeclaredService[] => [...new Set([address, ...others].flatMap((each) => servicesOf(services, each)))];

/** The line of an element as the service that declares its address needs it: one for each that does. */
const asDeclared = (element: Marked, services: readonly DeclaredService[]): string | undefined =>
  owners(element, services)
    .filter(({ category }) => category !== "necessary")
    .map((service) => {
      const rest = marksFor(service).reduce((all, [name, value]) => having(all, name, value), element._attributes);
      return startTag(element._tag, rest);
    })
    .join("\n\n") || undefined;

/** A category or service that the banner does not have. */
function unknown(
  element: Marked,
  name: string,
  word: string,
  keys: readonly string[],
  kind: string,
  services: readonly DeclaredService[],
): Mark {
  const { _id: id, _tag: tag, _attributes: attributes } = element;
  const guess = meant(word, keys);
  const value = valueOf(attributes, name) ?? "";
  const close = guess && startTag(tag, having(attributes, name, value.split(word).join(guess)));
  return {
    _id: `unknown-${kind} ${id} ${word}`,
    _level: "fault",
    _title: `There is no ${kind} “${word}”`,
    _why: keys.length
      ? `So the element never loads. This banner has ${enumerate(keys, 12)}.`
      : `So the element never loads. This banner declares no ${kind} yet.`,
    _to: asDeclared(element, services) ?? (close || undefined),
  };
}

/** An element that waits for something else than the services that declare its address. */
function elsewhere(element: Marked, { categories, services }: Banner): Mark[] {
  const { _id: id, _attributes: attributes, _address: address } = element;
  const tokens = named(attributes);
  const service = valueOf(attributes, SERVICE);
  const declared = owners(element, services);
  const known =
    tokens.every((word) => categories.includes(word)) &&
    services.some(({ key, category }) => !service || (key === service && category !== "necessary"));
  const fits = declared.some(
    ({ key, category }) =>
      category === "necessary" || (service ? key === service : tokens.includes(category) || tokens.includes(key)),
  );
  if (!declared.length || !known || fits || !(tokens.length || service)) return [];
  return [
    {
      _id: "elsewhere " + id,
      _level: "warning",
      _title: `An element of ${hostOf(address)} waits for something else than its service`,
      _why: `The banner declares it for ${whose(declared)}, so visitors allow or refuse it there.`,
      _to: asDeclared(element, services),
    },
  ];
}

function names(element: Marked, { categories, services, automatic_blocking }: Banner): Mark[] {
  const { _id: id, _tag: tag, _attributes: attributes } = element;
  const tokens = named(attributes);
  const service = valueOf(attributes, SERVICE);
  // Automatic blocking writes the keys of all services of a host there.
  if (automatic_blocking && tokens.length > 1 && tokens.every((word) => services.some(({ key }) => key === word)))
    return [];
  if (!tokens.length && !service) {
    return [
      {
        _id: "unnamed " + id,
        _level: "fault",
        _title: "An element waits for nothing in particular",
        _why: `data-consent names no category, so the element never loads. This banner has ${enumerate(categories, 12)}.`,
        _to:
          asDeclared(element, services) ?? startTag(tag, having(attributes, CATEGORIES, categories[0] ?? "statistics")),
      },
    ];
  }
  const needed = services.find(
    ({ key, category }) => category === "necessary" && (key === service || tokens.includes(key)),
  );
  if (needed) {
    return [
      {
        _id: "necessary " + id,
        _level: needed.key === service ? "warning" : "fault",
        _title: `${needed.name} is necessary, and so needs no mark`,
        _why: "Nobody is asked about it.",
        _to: startTag(tag, freed(tag, attributes)),
      },
    ];
  }
  const keys = services.map(({ key }) => key);
  const strangers = tokens.filter((word) => word !== "necessary" && !categories.includes(word));
  const found = strangers.map((word) => {
    // A service in the wrong attribute is the commonest confusion of all.
    if (!keys.includes(word))
      return unknown(element, CATEGORIES, word, ["necessary", ...categories], "category", services);
    const remaining = tokens.filter((each) => each !== word).join(" ");
    const moved = having(attributes, CATEGORIES, remaining).filter(([name, value]) => name !== CATEGORIES || value);
    return {
      ...unknown(element, CATEGORIES, word, categories, "category", []),
      _why: `It is the key of a service, and those stand in ${SERVICE}.`,
      _to: startTag(tag, having(moved, SERVICE, word)),
    };
  });
  return service && !keys.includes(service)
    ? [...found, unknown(element, SERVICE, service, keys, "service", services)]
    : found;
}

function empty({ _id: id, _tag: tag, _attributes: attributes }: Marked): Mark {
  const name = tag === "script" ? "src" : "data-consent-" + loads(tag)[0];
  return {
    _id: "no-address " + id,
    _level: "fault",
    _title: `A marked <${tag}> has nothing to load`,
    _why: tag === "script" ? "It has neither an address nor a text." : `Its address has to stand in ${name}.`,
    _to: startTag(tag, having(attributes, name, "https://…")),
  };
}

/** What a visitor would miss about a frame while it waits. */
function frame({ _id: id, _tag: tag, _attributes: attributes }: Marked): Mark[] {
  const lacks = ["title", "width", "height"].filter((name) => !valueOf(attributes, name));
  const styled = !lacks.includes("title") && /height/.test(valueOf(attributes, "style") ?? "");
  if (
    tag !== "iframe" ||
    !lacks.length ||
    styled ||
    valueOf(attributes, "class") ||
    valueOf(attributes, "hidden") === ""
  ) {
    return [];
  }
  const given: Readonly<Record<string, string>> = { title: "What is in it", width: "560", height: "315" };
  const to = lacks.reduce((all, name) => having(all, name, given[name] as string), attributes);
  return [
    {
      _id: "frame-bare " + id,
      _level: "note",
      _title: `A frame has no ${enumerate(lacks)}`,
      _why: "The placeholder takes its name from the title, and its size from the frame: with both, nothing moves when it loads.",
      _to: startTag(tag, to),
    },
  ];
}

/** Something that visitors allow without having read who it is. */
function undeclared({ _attributes: attributes, _address: address }: Marked, banner: Banner, page: string): Mark[] {
  const host = hostOf(address);
  const service = valueOf(attributes, SERVICE);
  if (!host || host === page || service || servicesOf(banner.services, address).length) return [];
  return [
    {
      _id: "undeclared " + host,
      _level: "note",
      _title: `No service of the banner declares ${host}`,
      _why: "It waits for consent, but the settings cannot name the recipient to the visitor.",
      _where: "In the studio, under Services: the hosts of the service.",
      _to: `"hosts": ["${host.replace(/:\d+$/, "")}"]`,
    },
  ];
}

export function marks({ _marked: marked, _banner: banner, _host: host }: Facts): Finding[] {
  const ids = new Set<string>();
  return marked.flatMap((element) => {
    const found = [
      ...(element._state === "loose" ? [notInert(element)] : []),
      ...names(element, banner),
      ...elsewhere(element, banner),
      ...(element._state === "empty" ? [empty(element)] : []),
      ...frame(element),
      ...undeclared(element, banner, host),
    ];
    const { _id: id, _tag: tag, _attributes: attributes } = element;
    const from = startTag(tag, attributes);
    return found
      .filter((each) => !ids.has(each._id) && ids.add(each._id))
      .map((each) => ({ _element: id, _from: from, ...each }));
  });
}
