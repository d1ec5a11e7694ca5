// What the page asks of other hosts without waiting for consent.
import {
  momentAt,
  type Attributes,
  type DeclaredService,
  type Facts,
  type Fetched,
  type Found,
  type Inline,
  type Unmarked,
} from "./facts.ts";
import { count, enumerate, type Finding, type Level } from "./finding.ts";
import { hostOf, isForeign, known, pathOf, servicesOf, whose } from "./hosts.ts";
import { held, marksFor, startTag, valueOf } from "./markup.ts";

/** Links that make the browser contact a host before anything is needed from there, `dns-prefetch` among them. */
const HINT = /\b(preconnect|preload|prefetch|modulepreload)\b/;

/** Whether a request may be for an element that waits and was released. */
export const released = ({ _marked: marked }: Facts, { _address: address, _start: start }: Fetched): boolean =>
  marked.some(
    (each) =>
      (each._address === address || each._others.includes(address)) &&
      each._start !== undefined &&
      each._start <= start,
  );

/** Another host, or the part of one that services declare, with all that a page asks of it and who does. */
export interface Stranger {
  readonly _host: string;
  /** The host, with the path that a service declares. */
  readonly _place: string;
  /** Those that declare it. */
  readonly _services: readonly DeclaredService[];
  readonly _fetched: readonly Fetched[];
  readonly _elements: readonly Unmarked[];
  readonly _inline: readonly Inline[];
}

/** Every other host that this page contacts or is about to, in the order of the first request. */
export function strangers(facts: Facts): Stranger[] {
  const { _host: page, _banner: banner, _fetched: fetched, _unmarked: unmarked, _inline: inline } = facts;
  const placed = [...fetched, ...unmarked]
    .filter(({ _address: address }) => isForeign(hostOf(address), page, banner.origin))
    .map(({ _address: address }) => {
      const services = servicesOf(banner.services, address);
      return { place: hostOf(address) + pathOf(services[0], address), address, services };
    });
  return [...new Set(placed.map(({ place }) => place))].map((place) => {
    const here = placed.filter((each) => each.place === place);
    const [{ address: first, services }] = here as [(typeof here)[number]];
    const host = hostOf(first);
    const at = ({ _address: address }: Pick<Fetched, "_address">) => here.some((each) => each.address === address);
    return {
      _host: host,
      _place: place,
      _services: services,
      _fetched: fetched.filter(at),
      _elements: unmarked.filter(at),
      _inline: inline.filter(({ _mentions: mentions }) => mentions.includes(host)),
    };
  });
}

/** What the element has to name: one possibility for each service that declares the address, a guess where none does. */
function marks({ _host: host, _services: services }: Stranger, categories: readonly string[]): Attributes[] {
  if (services.length) return services.map(marksFor);
  const guess = known(host)?.category ?? "";
  return [[["data-consent", categories.includes(guess) ? guess : (categories[0] ?? "statistics")]]];
}

/** Whether it needs nobody's consent. */
export const needed = ({ _services: services }: Stranger): boolean =>
  services.some(({ category }) => category === "necessary");

/** Requests that were made while what they are for was not allowed. */
export function early(facts: Facts, { _services: services, _fetched: fetched }: Stranger): readonly Fetched[] {
  return fetched.filter((each) => {
    const { _granted: granted } = momentAt(facts._moments, each._start);
    // Nobody knows what a stranger is for: anything that was allowed may have asked for it.
    return (
      !released(facts, each) && !(services.length ? services.some(({ key }) => granted.includes(key)) : granted.length)
    );
  });
}

/** The tag of Tag Manager that names a host. */
const tagFor = ({ _containers: containers }: Facts, { _host: host }: Stranger): string =>
  containers.flatMap(({ _id: id, _tags: tags }) =>
    tags
      .filter(({ _addresses: addresses }) => addresses.some((each) => hostOf(each) === host))
      .map((tag) => `Tag ${tag._id} of ${id}`),
  )[0] ?? "";

function why(facts: Facts, stranger: Stranger, culprit: Found | undefined): string {
  const { _host: host, _services: services, _fetched: fetched, _elements: elements } = stranger;
  const before = early(facts, stranger).length;
  const called = known(host)?.name;
  const declared = services.length > 0;
  const asked = before
    ? `${count(before, "request")} went there without consent`
    : fetched.length
      ? `${count(fetched.length, "request")} went there, and would have without consent`
      : "It is contacted whether visitors agree or not";
  const about = declared
    ? `, though the banner asks about ${whose(services)}`
    : `, and no service of the banner declares it${called ? `; it is known as ${called}` : ""}`;
  const tag = tagFor(facts, stranger);
  const by = culprit
    ? valueOf(culprit._attributes, "async") === undefined
      ? ""
      : " If it is not in your source, a script inserts it: mark that one."
    : tag
      ? ` ${tag} names it: give that tag its consent check in Tag Manager.`
      : elements.length
        ? " A script inserts what asks for it: mark that one."
        : ` No element of the page asks for it: it is asked for by ${enumerate([...new Set(fetched.map(({ _by: by }) => by))])}, so mark the script or style sheet that does.`;
  const race =
    facts._banner.automatic_blocking && culprit?._injected === false && declared
      ? " Automatic blocking came too late for it: browsers look ahead in the source."
      : "";
  const own = declared
    ? ""
    : ` ${
        called ? "" : "Name the category that it is for. "
      }If the site cannot work without it, declare it as necessary.`;
  return `${asked}${about}.${by}${race}${own}`;
}

/** An element as it has to be, once for each of the marks that it may need. */
const lines = ({ _tag: tag, _attributes: attributes }: Found, needs: readonly Attributes[]): string =>
  needs.map((each) => startTag(tag, held(tag, attributes, each))).join("\n\n");

export function requests(facts: Facts): Finding[] {
  return strangers(facts).flatMap((stranger): Finding[] => {
    const { _host: host, _place: place, _services: services, _elements: elements, _inline: inline } = stranger;
    if (needed(stranger)) return [];
    const written = elements.find(({ _injected: injected }) => !injected);
    const own = inline.filter(({ _injected: injected }) => !injected);
    const script = own.find(({ _inserts: inserts }) => inserts) ?? own[0];
    const culprit = written ?? script;
    if (!culprit && !early(facts, stranger).length) return [];
    const level: Level = services.length || known(host) ? "fault" : "warning";
    const hint = written?._tag === "link" && HINT.test(valueOf(written._attributes, "rel") ?? "");
    const excerpt = culprit && culprit === script ? script._text : "";
    return [
      {
        _id: "unmarked " + place,
        _level: level,
        _title: hint ? `The page prepares a connection to ${place}` : `Nothing holds back ${place}`,
        _why: why(facts, stranger, culprit),
        _element: (culprit ?? elements[0])?._id,
        _from: culprit && startTag(culprit._tag, culprit._attributes) + excerpt,
        // A hint is of use only to what has not been allowed yet.
        _to: culprit && (hint ? "" : lines(culprit, marks(stranger, facts._banner.categories))),
      },
    ];
  });
}
