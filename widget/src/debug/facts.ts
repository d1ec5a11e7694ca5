// What the debug panel has seen of a page: plain values, so that what follows from them can be tested alone.

import type { Container } from "./container.ts";

/** An element's attributes in their order. */
export type Attributes = readonly (readonly [name: string, value: string])[];

/** A service as the banner declares it, also a necessary one. */
export interface DeclaredService {
  readonly key: string;
  readonly name: string;
  readonly category: string;
  /** Host names; `*.` in front stands for every sub-domain. */
  readonly hosts: readonly string[];
  /** What it stores, as pairs of kind and name; a star stands for any characters. */
  readonly cookies: readonly (readonly [kind: string, name: string])[];
}

/** What the server appends to the debug file. */
export interface Declaration {
  readonly services: readonly DeclaredService[];
  readonly consent_mode: "off" | "basic" | "advanced";
  readonly automatic_blocking: boolean;
  /** True when the small button that opens the settings is shown. */
  readonly floating: boolean;
}

/** Which category of the banner each of Google's consent types stands for. */
export type Mapping = Readonly<Record<string, string>>;

/** The published banner, as far as a page has to fit it. */
export interface Banner extends Declaration {
  readonly site: string;
  readonly version: number;
  /** How browsers reach the consent server. */
  readonly origin: string;
  /** Keys of the categories that visitors decide on. */
  readonly categories: readonly string[];
  readonly mapping: Mapping;
}

/** An element of the page; `id` finds it again. */
export interface Found {
  readonly _id: number;
  readonly _tag: string;
  readonly _attributes: Attributes;
  /** Inserted by a script, so that it stands in no file as it is. */
  readonly _injected: boolean;
}

/** One of the tags that load the banner's script. */
export interface OurTag extends Found {
  readonly _inHead: boolean;
  /** Elements in front of it that run or load something from elsewhere. */
  readonly _before: readonly Found[];
}

/** `loose`: marked, yet not inert. `empty`: nothing there that could load. */
export type State = "blocked" | "waiting" | "loaded" | "loose" | "empty";

/** An element with `data-consent` or `data-consent-service`. */
export interface Marked extends Found {
  readonly _state: State;
  /** Whether the visitor allows now what it names. */
  readonly _permitted: boolean;
  /** Where it loads from, or nothing for an inline script. */
  readonly _address: string;
  /** Its other addresses: the candidates of a `srcset`, the poster of a video. */
  readonly _others: readonly string[];
  /** When that was asked for, in milliseconds of this page's life; undefined when it was not. */
  readonly _start: number | undefined;
}

/** An element without a mark that loads, or prepares to load, from another host; one for each of its hosts. */
export interface Unmarked extends Found {
  readonly _address: string;
}

/** An inline script without a mark, and the other hosts that its text names. */
export interface Inline extends Found {
  readonly _mentions: readonly string[];
  /** Whether its text makes elements. */
  readonly _inserts: boolean;
  /** How it begins. */
  readonly _text: string;
}

/** Something that the browser fetched from another host than the page's and the consent server's. */
export interface Fetched {
  readonly _address: string;
  /** What asked for it, in the browser's words: `script`, `img`, `css`, `fetch` … */
  readonly _by: string;
  readonly _start: number;
}

/** Something in the browser's storage that a page can see. */
export interface Stored {
  readonly _kind: "cookie" | "local_storage" | "session_storage" | "indexed_db";
  readonly _name: string;
  /** When it was first seen, in milliseconds of this page's life. */
  readonly _seen: number;
}

/** What is allowed from a time on. */
export interface Moment {
  /** In milliseconds of this page's life; 0 for what was decided on an earlier page. */
  readonly _from: number;
  readonly _decided: boolean;
  /** Keys of categories and services. */
  readonly _granted: readonly string[];
}

/** An entry of `dataLayer`: a gtag command, or an event of Tag Manager. */
export interface Entry {
  readonly _command: string;
  /** Second word of a command: `default`, `update`, a tag's id, an event's name. */
  readonly _what: string;
  readonly _values: Readonly<Record<string, unknown>>;
}

/** Something that the page's Content-Security-Policy stopped. */
export interface Refusal {
  readonly _directive: string;
  readonly _address: string;
}

/** A container of Tag Manager that the page has, and what could be learned of it. */
export interface PageContainer extends Container {
  /** `held`: it has not loaded. `unread`: the browser does not show its script. */
  readonly _state: "held" | "unread" | "read";
  /** Whether it is marked, or inserted by what is marked, and so waits for consent as a whole. */
  readonly _waits: boolean;
}

/** The page at one moment. */
export interface Facts {
  /** The page's host, with its port. */
  readonly _host: string;
  readonly _banner: Banner;
  readonly _tags: readonly OurTag[];
  readonly _marked: readonly Marked[];
  readonly _unmarked: readonly Unmarked[];
  readonly _inline: readonly Inline[];
  readonly _fetched: readonly Fetched[];
  readonly _stored: readonly Stored[];
  /** The oldest first; never empty. */
  readonly _moments: readonly Moment[];
  /** Undefined where the page has no `dataLayer`. */
  readonly _layer: readonly Entry[] | undefined;
  readonly _containers: readonly PageContainer[];
  readonly _refusals: readonly Refusal[];
  /** How many elements with `data-consent-open` the page has. */
  readonly _waysBack: number;
}

/** What was allowed at a time. */
export function momentAt(moments: readonly Moment[], time: number): Moment {
  return moments.filter(({ _from: from }) => from <= time).pop() ?? (moments[0] as Moment);
}

/** What is allowed now. */
export const present = (moments: readonly Moment[]): Moment => moments[moments.length - 1] as Moment;
