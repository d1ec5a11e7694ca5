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
import { hostOf, known, pathOf, servicesOf, together, whose } from "./hosts.ts";
import { held, marksFor, startTag, valueOf } from "./markup.ts";

/** Links that make the browser contact a host before anything is needed from there. */
const HINT = /\b(preconnect|dns-prefetch|preload|prefetch|modulepreload)\b/;

/** Whether a request may be for an element that waits and was released. */
export const released = ({ marked }: Facts, { address, start }: Fetched): boolean =>
  marked.some(
    (each) =>
      (each.address === address || each.others.includes(address)) && each.start !== undefined && each.start <= start,
  );

/** Another host, or the part of one that services declare, with all that a page asks of it and who does. */
export interface Stranger {
  readonly host: string;
  /** The host, with the path that a service declares. */
  readonly place: string;
  /** Those that declare it. */
  readonly services: readonly DeclaredService[];
  readonly fetched: readonly Fetched[];
  readonly elements: readonly Unmarked[];
  readonly inline: readonly Inline[];
}

/** Every other host that this page contacts or is about to, in the order of the first request. */
export function strangers(facts: Facts): Stranger[] {
  const { host: page, banner, fetched, unmarked, inline } = facts;
  const foreign = (host: string) => !!host && !together(host, page) && host !== hostOf(banner.origin);
  const placed = [...fetched, ...unmarked]
    .filter(({ address }) => foreign(hostOf(address)))
    .map(({ address }) => {
      const services = servicesOf(banner.services, address);
      return { place: hostOf(address) + pathOf(services[0], address), address, services };
    });
  return [...new Set(placed.map(({ place }) => place))].map((place) => {
    const here = placed.filter((each) => each.place === place);
    const [{ address: first, services }] = here as [(typeof here)[number]];
    const host = hostOf(first);
    const at = ({ address }: { readonly address: string }) => here.some((each) => each.address === address);
    return {
      host,
      place,
      services,
      fetched: fetched.filter(at),
      elements: unmarked.filter(at),
      inline: inline.filter(({ mentions }) => mentions.includes(host)),
    };
  });
}

/** What the element has to name: one possibility for each service that declares the address, a guess where none does. */
function marks({ host, services }: Stranger, categories: readonly string[]): Attributes[] {
  if (services.length) return services.map(marksFor);
  const guess = known(host)?.category ?? "";
  return [[["data-consent", categories.includes(guess) ? guess : (categories[0] ?? "statistics")]]];
}

/** Whether it needs nobody's consent. */
export const needed = ({ services }: Stranger): boolean => services.some(({ category }) => category === "necessary");

/** Requests that were made while what they are for was not allowed. */
export function early(facts: Facts, { services, fetched }: Stranger): readonly Fetched[] {
  return fetched.filter((each) => {
    const { granted } = momentAt(facts.moments, each.start);
    // Nobody knows what a stranger is for: anything that was allowed may have asked for it.
    return (
      !released(facts, each) && !(services.length ? services.some(({ key }) => granted.includes(key)) : granted.length)
    );
  });
}

/** The tag of Tag Manager that names a host. */
const tagFor = ({ containers }: Facts, { host }: Stranger): string =>
  containers.flatMap(({ id, tags }) =>
    tags
      .filter(({ addresses }) => addresses.some((each) => hostOf(each) === host))
      .map((tag) => `Tag ${tag.id} of ${id}`),
  )[0] ?? "";

function why(facts: Facts, stranger: Stranger, culprit: Found | undefined): string {
  const { host, services, fetched, elements } = stranger;
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
    ? valueOf(culprit.attributes, "async") === undefined
      ? ""
      : " If it is not in your source, a script inserts it: mark that one."
    : tag
      ? ` ${tag} names it: give that tag its consent check in Tag Manager.`
      : elements.length
        ? " A script inserts what asks for it: mark that one."
        : ` No element of the page asks for it: it is asked for by ${enumerate([...new Set(fetched.map(({ by }) => by))])}, so mark the script or style sheet that does.`;
  const race =
    facts.banner.automatic_blocking && culprit?.injected === false && declared
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
const lines = ({ tag, attributes }: Found, needs: readonly Attributes[]): string =>
  needs.map((each) => startTag(tag, held(tag, attributes, each))).join("\n\n");

export function requests(facts: Facts): Finding[] {
  return strangers(facts).flatMap((stranger): Finding[] => {
    const { host, place, services, elements, inline } = stranger;
    if (needed(stranger)) return [];
    const written = elements.find(({ injected }) => !injected);
    const own = inline.filter(({ injected }) => !injected);
    const script = own.find(({ inserts }) => inserts) ?? own[0];
    const culprit = written ?? script;
    if (!culprit && !early(facts, stranger).length) return [];
    const level: Level = services.length || known(host) ? "fault" : "warning";
    const hint = written?.tag === "link" && HINT.test(valueOf(written.attributes, "rel") ?? "");
    const excerpt = culprit && culprit === script ? script.text : "";
    return [
      {
        id: "unmarked " + place,
        level,
        title: hint ? `The page prepares a connection to ${place}` : `Nothing holds back ${place}`,
        why: why(facts, stranger, culprit),
        element: (culprit ?? elements[0])?.id,
        from: culprit && startTag(culprit.tag, culprit.attributes) + excerpt,
        // A hint is of use only to what has not been allowed yet.
        to: culprit && (hint ? "" : lines(culprit, marks(stranger, facts.banner.categories))),
      },
    ];
  });
}
