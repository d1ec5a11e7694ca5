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
import { hostOf, known, servicesOf, together } from "./hosts.ts";
import { held, startTag, valueOf } from "./markup.ts";

/** Links that make the browser contact a host before anything is needed from there. */
const HINT = /\b(preconnect|dns-prefetch|preload|prefetch|modulepreload)\b/;

/** Whether a request may be for an element that waits and was released. */
export const released = ({ marked }: Facts, { address, start }: Fetched): boolean =>
  marked.some((each) => each.address === address && each.start !== undefined && each.start <= start);

/** Another host, with all that a page asks of it and who does. */
export interface Stranger {
  readonly host: string;
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
  const hosts = [...fetched, ...unmarked].map(({ address }) => hostOf(address)).filter(foreign);
  return [...new Set(hosts)].map((host) => ({
    host,
    services: servicesOf(banner.services, host),
    fetched: fetched.filter(({ address }) => hostOf(address) === host),
    elements: unmarked.filter(({ address }) => hostOf(address) === host),
    inline: inline.filter(({ mentions }) => mentions.includes(host)),
  }));
}

/** What the element has to name, as far as it can be told. */
function marksFor({ host, services }: Stranger, categories: readonly string[]): Attributes {
  const [service, other] = services;
  const guess = service?.category ?? known(host)?.category ?? "";
  const category = categories.includes(guess) ? guess : (categories[0] ?? "statistics");
  const names: Attributes = [["data-consent", category]];
  return service && !other ? [...names, ["data-consent-service", service.key]] : names;
}

/** Whether it needs nobody's consent. */
export const needed = ({ services }: Stranger): boolean => services.some(({ category }) => category === "necessary");

/** Whose a host is, in words. */
export const whose = ({ services }: Stranger): string =>
  enumerate(services.map(({ name, category }) => `${name} (${category})`));

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

function why(facts: Facts, stranger: Stranger, culprit: Found | undefined): string {
  const { host, services, fetched } = stranger;
  const before = early(facts, stranger).length;
  const called = known(host)?.name;
  const declared = services.length > 0;
  const asked = before
    ? `${count(before, "request")} went there without consent`
    : fetched.length
      ? `${count(fetched.length, "request")} went there, and would have without consent`
      : "It is contacted whether visitors agree or not";
  const about = declared
    ? `, though the banner asks about ${whose(stranger)}`
    : `, and no service of the banner declares it${called ? `; it is known as ${called}` : ""}`;
  const by = culprit
    ? ""
    : ` No element of the page asks for it: it is asked for by ${enumerate([...new Set(fetched.map(({ by }) => by))])}, so mark the script or style sheet that does.`;
  const race =
    facts.banner.automatic_blocking && culprit?.injected === false && declared
      ? " Automatic blocking came too late for it: browsers look ahead in the source."
      : "";
  const own = declared
    ? ""
    : ` ${known(host) ? "" : "Name the category that it is for. "}If the site cannot work without it, declare it as necessary.`;
  return `${asked}${about}.${by}${race}${own}`;
}

export function requests(facts: Facts): Finding[] {
  return strangers(facts).flatMap((stranger): Finding[] => {
    const { host, services, elements, inline } = stranger;
    if (needed(stranger)) return [];
    const [written, script] = [elements.find(({ injected }) => !injected), inline[0]];
    const culprit = written ?? script;
    if (!culprit && !early(facts, stranger).length) return [];
    const level: Level = services.length || known(host) ? "fault" : "warning";
    const marks = marksFor(stranger, facts.banner.categories);
    const hint = written?.tag === "link" && HINT.test(valueOf(written.attributes, "rel") ?? "");
    const excerpt = culprit && culprit === script ? script.text : "";
    return [
      {
        id: "unmarked " + host,
        level,
        title: hint ? `The page prepares a connection to ${host}` : `Nothing holds back ${host}`,
        why: why(facts, stranger, culprit),
        element: (culprit ?? elements[0])?.id,
        from: culprit && startTag(culprit.tag, culprit.attributes) + excerpt,
        // A hint is of use only to what has not been allowed yet.
        to: culprit && (hint ? "" : startTag(culprit.tag, held(culprit.tag, culprit.attributes, marks))),
      },
    ];
  });
}
