// Looks at the page, and only looks: nothing is wrapped, replaced or written. Containers of Tag Manager are read.
import type { Config } from "../config.ts";
import { MARKED } from "../marked.ts";
import type { Host } from "../part.ts";
import type {
  Banner,
  Declaration,
  Facts,
  Fetched,
  Found,
  Inline,
  Marked,
  Moment,
  OurTag,
  Refusal,
  Stored,
  Unmarked,
} from "./facts.ts";
import { createContainers } from "./containers.ts";
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
  within,
} from "./elements.ts";
import { hostOf, together } from "./hosts.ts";
import { layer } from "./layer.ts";
import { inserts, names } from "./snippets.ts";

/** What Google's types stand for where the banner does not say it. */
const USUAL = { ad_storage: "advertising", analytics_storage: "statistics", functionality_storage: "functional" };

/** Longest beginning of an inline script that is shown. */
const EXCERPT = 72;

export interface Collector {
  /** The page as it is now. */
  _look(): Facts;
  /** The element that an id of the facts stands for. */
  _find(id: number): Element | undefined;
  /** Tells whenever there may be something new, until the answer is called. */
  _watch(changed: () => void): () => void;
}

const bannerOf = (config: Config, declaration: Declaration): Banner => ({
  ...declaration,
  site: config.site,
  version: config.version,
  origin: config.origin,
  categories: config.categories.map(({ key }) => key),
  floating: !!config.floating,
  mapping: config.signals?.mapping ?? USUAL,
});

export function createCollector(declaration: Declaration, { _config: config, _session: session }: Host): Collector {
  const banner = bannerOf(config, declaration);
  const server = hostOf(config.origin);
  const ids = new WeakMap<Element, number>();
  const elements = new Map<number, WeakRef<Element>>();
  const fetched: Fetched[] = [];
  const refusals: Refusal[] = [];
  const stored = new Map<string, Stored>();
  const moments: Moment[] = [];
  let databases: readonly string[] = [];
  let changed = () => {};
  const containers = createContainers(() => changed());

  const foreign = (host: string) => !!host && host !== server && !together(host, location.host);
  const all = (selector: string) => within(document, selector);
  /** Inline scripts that have run, with their texts. */
  let snippets: readonly { readonly element: HTMLElement; readonly text: string; readonly inserts: boolean }[] = [];
  /** The inline script that has put an element into the page, as far as the texts tell. */
  const maker = (element: Element) => {
    const [whole] = addresses(element);
    if (!/^https?:/.test(whole ?? "")) return undefined;
    return snippets.find(({ text, inserts }) => inserts && names(text, whole as string))?.element;
  };
  const inserted = (element: Element) => injected(element) || !!maker(element);
  const found = (element: Element): Found => {
    const id = ids.get(element) ?? elements.size + 1;
    ids.set(element, id);
    elements.set(id, new WeakRef(element));
    return {
      _id: id,
      _tag: element.localName,
      _attributes: attributesOf(element),
      _injected: inserted(element),
    };
  };

  /** Whether an address is that of our script: moving, or pinned by its digest. */
  const ours = (element: Element) => {
    const path = address(element, "src").split(/[?#]/)[0] ?? "";
    const start = `${config.origin}/w/${config.site}`;
    return path === start + ".js" || (path.startsWith(start + "/") && /^\/\w+\.js$/.test(path.slice(start.length)));
  };

  const note = (from: number) => {
    const { decided } = session._view();
    const keys = [...banner.categories, ...banner.services.map(({ key }) => key)];
    moments.push({ _from: from, _decided: decided, _granted: keys.filter(session._allowed) });
  };
  const begin = () => {
    const { decidedAt } = session._view();
    const at = decidedAt ? Date.parse(decidedAt) - performance.timeOrigin : 0;
    // Decided on this page, before anybody watched.
    if (at > 0) moments.push({ _from: 0, _decided: false, _granted: [] });
    note(Math.max(0, at));
  };

  const remember = (kind: Stored["_kind"], names: () => readonly string[]) => {
    try {
      for (const name of names()) {
        const key = kind + " " + name;
        if (name) stored.set(key, stored.get(key) ?? { _kind: kind, _name: name, _seen: seen() });
      }
      for (const [key, each] of stored) if (each._kind === kind && !names().includes(each._name)) stored.delete(key);
    } catch {
      // A sandboxed page has no storage.
    }
  };
  /** What lies there at the first look was there from the start, unless the visitor has chosen meanwhile. */
  let first = false;
  const seen = () => (first ? 0 : performance.now());
  const takeStock = () => {
    remember("cookie", () => document.cookie.split("; ").map((each) => each.split("=")[0] as string));
    remember("local_storage", () => Object.keys(localStorage));
    remember("session_storage", () => Object.keys(sessionStorage));
    remember("indexed_db", () => databases);
    first = false;
  };

  const observe = (types: PerformanceObserverInit) => {
    try {
      new PerformanceObserver((list) => {
        for (const { name, startTime, initiatorType } of list.getEntries() as PerformanceResourceTiming[]) {
          if (foreign(hostOf(name)) && (initiatorType !== "fetch" || !containers._asked(name)))
            fetched.push({ _address: name, _by: initiatorType || "other", _start: startTime });
        }
        changed();
      }).observe(types);
    } catch {
      // An old browser: what the elements say has to do.
    }
  };

  /** The addresses at other hosts that an element without a mark loads at once. */
  const asked = (element: HTMLElement) =>
    element.matches(MARKED) ||
    element.closest(".samtykke") ||
    ours(element) ||
    (element.localName === "link" && !FETCHING.test(element.getAttribute("rel") ?? "")) ||
    (element instanceof HTMLScriptElement && !RUNNING.test(element.type))
      ? []
      : addresses(element).filter((each) => foreign(hostOf(each)));

  const tags = (): OurTag[] =>
    all("script[src]")
      .filter(ours)
      .map((element) => {
        // What a script has inserted in front of us came later than its place says.
        const before = [...document.querySelectorAll<HTMLElement>("script:not([src])," + LOADING)].filter(
          (other) =>
            element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING &&
            !inserted(other) &&
            (snippets.some((each) => each.element === other && !other.matches(MARKED)) || asked(other).length),
        );
        return { ...found(element), _inHead: !!element.closest("head"), _before: before.slice(0, 5).map(found) };
      });

  const marked = (): Marked[] =>
    all(MARKED).map((element) => {
      const permitted = session._permits(element);
      const [whole = "", ...others] = new Set([
        ...addresses(element, "data-consent-"),
        ...[address(element, "data-consent-src")].filter(Boolean),
        ...addresses(element),
      ]);
      const state = stateOf(element, permitted);
      const { _attributes: attributes, ...rest } = found(element);
      return {
        ...rest,
        _attributes: state === "loaded" ? asWritten(element.localName, attributes) : attributes,
        _state: state,
        _permitted: permitted,
        _address: whole,
        _others: others,
        _start: fetched.find((each) => each._address === whole || others.includes(each._address))?._start,
      };
    });

  const unmarked = (): Unmarked[] =>
    all(LOADING)
      // What a marked script has inserted waited as that one did.
      .filter((element) => !maker(element)?.matches(MARKED))
      .flatMap((element) => {
        const hosts = new Map(asked(element).map((each) => [hostOf(each), each]));
        return [...hosts.values()].map((address) => ({ ...found(element), _address: address }));
      });

  const inline = (loading: readonly Unmarked[]): Inline[] => {
    const hosts = [...new Set([...fetched, ...loading].map((each) => hostOf(each._address)))];
    return snippets
      .filter(({ element }) => !element.matches(MARKED))
      .map((each) => ({ ...each, mentions: hosts.filter((host) => each.text.includes(host)) }))
      .filter(({ mentions }) => mentions.length)
      .map(({ element, text, inserts, mentions }) => {
        const line = text.replace(/\s+/g, " ").trim();
        return {
          ...found(element),
          _mentions: mentions,
          _inserts: inserts,
          _text: line.length > EXCERPT ? line.slice(0, EXCERPT) + "…" : line,
        };
      });
  };

  begin();
  first = moments.length === 1;
  return {
    _look() {
      takeStock();
      snippets = all("script:not([src])")
        .filter((element) => RUNNING.test((element as HTMLScriptElement).type))
        .map((element) => ({ element, text: element.textContent ?? "" }))
        .map((each) => ({ ...each, inserts: inserts(each.text) }));
      const loading = unmarked();
      return {
        _host: location.host,
        _banner: banner,
        _tags: tags(),
        _marked: marked(),
        _unmarked: loading,
        _inline: inline(loading),
        _fetched: [...fetched],
        _stored: [...stored.values()],
        _moments: [...moments],
        _layer: layer(),
        _containers: containers._look(
          all("script[src]"),
          (script) => script.matches(MARKED) || !!maker(script)?.matches(MARKED),
        ),
        _refusals: [...refusals],
        _waysBack: all("[data-consent-open]:not(#samtykke-open)").length,
      };
    },
    _find: (id) => elements.get(id)?.deref(),
    _watch(tell) {
      changed = tell;
      const say = () => changed();
      observe({ type: "resource", buffered: true });
      document.addEventListener("samtykke:change", () => {
        note(performance.now());
        say();
      });
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
        if (effectiveDirective === "connect-src" && containers._asked(blockedURI)) return;
        refusals.push({ _directive: effectiveDirective.replace(/-elem$/, ""), _address: blockedURI });
        say();
      });
      const page = new MutationObserver(say);
      page.observe(document, {
        childList: true,
        subtree: true,
        attributeFilter: ["src", "href", "srcset", "poster", "data", "type", "data-consent", "data-consent-service"],
      });
      const listDatabases = async () => {
        try {
          databases = (await indexedDB.databases()).map(({ name }) => name ?? "");
        } catch {
          // Not every browser tells, and a sandboxed page has none.
        }
      };
      // Nothing tells of cookies, storage and dataLayer without being wrapped: they are looked at every second.
      const every = () => {
        if (!document.hidden) void listDatabases().then(say);
      };
      every();
      const timer = setInterval(every, 1000);
      return () => {
        changed = () => {};
        clearInterval(timer);
        page.disconnect();
      };
    },
  };
}
