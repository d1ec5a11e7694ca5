// Reads the elements of the page: what is marked, what is not, and what stands in front of our script.
import type { Banner, Fetched, Found, Inline, Marked, OurTag, Unmarked } from "./facts.ts";
import { MARKED } from "../marked.ts";
import { hostOf, isForeign } from "./hosts.ts";
import {
  FETCHING,
  LOADING,
  RUNNING,
  address,
  addresses,
  asWritten,
  attributesOf,
  injected,
  stateOf,
  select,
} from "./elements.ts";
import type { Session } from "../session.ts";
import { makerOf, type Snippet } from "./snippets.ts";

/** Longest beginning of an inline script that is shown. */
const EXCERPT = 72;

/** What the elements are held against. */
export interface View {
  readonly _banner: Banner;
  readonly _session: Session;
  /** Read again at each look. */
  _snippets: readonly Snippet[];
  readonly _fetched: readonly Fetched[];
  /** A number for an element, which stays the same. */
  _id(element: Element): number;
}

const inserted = ({ _snippets: snippets }: View, element: Element) => injected(element) || !!makerOf(snippets, element);

const found = (view: View, element: Element): Found => ({
  _id: view._id(element),
  _tag: element.localName,
  _attributes: attributesOf(element),
  _injected: inserted(view, element),
});

/** Whether an address is that of our script: moving, or pinned by its digest. */
function ours({ _banner: { origin, site } }: View, element: Element): boolean {
  const path = address(element, "src").split(/[?#]/)[0] ?? "";
  const start = `${origin}/w/${site}`;
  return path === start + ".js" || (path.startsWith(start + "/") && /^\/\w+\.js$/.test(path.slice(start.length)));
}

/** The addresses at other hosts that an element without a mark loads at once. */
const asked = (view: View, element: HTMLElement): string[] =>
  element.matches(MARKED) ||
  element.closest(".samtykke") ||
  ours(view, element) ||
  (element.localName === "link" && !FETCHING.test(element.getAttribute("rel") ?? "")) ||
  (element instanceof HTMLScriptElement && !RUNNING.test(element.type))
    ? []
    : addresses(element).filter((each) => isForeign(hostOf(each), location.host, view._banner.origin));

/** The tags that load the banner's script. */
export const ourTags = (view: View): OurTag[] =>
  select("script[src]")
    .filter((element) => ours(view, element))
    .map((element) => {
      // What a script has inserted in front of us came later than its place says.
      const before = [...document.querySelectorAll<HTMLElement>("script:not([src])," + LOADING)].filter(
        (other) =>
          element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING &&
          !inserted(view, other) &&
          (view._snippets.some(({ _element: each }) => each === other && !other.matches(MARKED)) ||
            asked(view, other).length),
      );
      return {
        ...found(view, element),
        _inHead: !!element.closest("head"),
        _before: before.slice(0, 5).map((each) => found(view, each)),
      };
    });

/** The elements with a mark. */
export const marked = (view: View): Marked[] =>
  select(MARKED).map((element) => {
    const permitted = view._session._permits(element);
    const [whole = "", ...others] = new Set([
      ...addresses(element, "data-consent-"),
      ...[address(element, "data-consent-src")].filter(Boolean),
      ...addresses(element),
    ]);
    const state = stateOf(element, permitted);
    const { _attributes: attributes, ...rest } = found(view, element);
    return {
      ...rest,
      _attributes: state === "loaded" ? asWritten(element.localName, attributes) : attributes,
      _state: state,
      _permitted: permitted,
      _address: whole,
      _others: others,
      _start: view._fetched.find(({ _address: each }) => each === whole || others.includes(each))?._start,
    };
  });

/** Whether an element was inserted by a marked script. */
const byMarked = ({ _snippets: snippets }: View, element: Element) => !!makerOf(snippets, element)?.matches(MARKED);

/** Whether a script is marked, or was inserted by a marked one. */
export const waits = (view: View, script: Element): boolean => script.matches(MARKED) || byMarked(view, script);

/** The elements without one that load from another host. */
export const unmarked = (view: View): Unmarked[] =>
  select(LOADING)
    // What a marked script has inserted waited as that one did.
    .filter((element) => !byMarked(view, element))
    .flatMap((element) => {
      const hosts = new Map(asked(view, element).map((each) => [hostOf(each), each]));
      return [...hosts.values()].map((address) => ({ ...found(view, element), _address: address }));
    });

/** The inline scripts without a mark that name one of these hosts. */
export const inline = (view: View, hosts: readonly string[]): Inline[] =>
  view._snippets.flatMap(({ _element: element, _text: text, _inserts: inserts }) => {
    const mentions = hosts.filter((host) => text.includes(host));
    const line = text.replace(/\s+/g, " ").trim();
    return element.matches(MARKED) || !mentions.length
      ? []
      : {
          ...found(view, element),
          _mentions: mentions,
          _inserts: inserts,
          _text: line.length > EXCERPT ? line.slice(0, EXCERPT) + "…" : line,
        };
  });
