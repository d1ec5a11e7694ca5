// Looks at the page, and only looks: nothing is wrapped, replaced or written. Containers of Tag Manager are read.
import type { Config } from "../config.ts";
import type { Host } from "../part.ts";
import { createContainers } from "./containers.ts";
import { select } from "./elements.ts";
import type { Banner, Declaration, Facts, Fetched, Refusal } from "./facts.ts";
import { hostOf, isForeign } from "./hosts.ts";
import { createInventory } from "./inventory.ts";
import { layer } from "./layer.ts";
import { createMoments } from "./moments.ts";
import { inline, marked, ourTags, unmarked, waits, type View } from "./scan.ts";
import { readSnippets } from "./snippets.ts";

/** What Google's types stand for where the banner does not say it. */
const USUAL = { ad_storage: "advertising", analytics_storage: "statistics", functionality_storage: "functional" };

/** Attributes that decide whether an element loads. */
const WATCHED = ["src", "href", "srcset", "poster", "data", "type", "data-consent", "data-consent-service"];

export interface Collector {
  /** The page as it is now. */
  _look(): Facts;
  /** The element that an id of the facts stands for. */
  _find(id: number): Element | undefined;
  /** Calls `changed` whenever there may be something new, until what it returns is called. */
  _watch(changed: () => void): () => void;
}

const bannerOf = (config: Config, declaration: Declaration): Banner => ({
  ...declaration,
  site: config.site,
  version: config.version,
  origin: config.origin,
  categories: config.categories.map(({ key }) => key),
  mapping: config.signals?.mapping ?? USUAL,
});

/** Calls `each` with every request of the page, those before too. */
function observeRequests(each: (entry: PerformanceResourceTiming) => void, done: () => void): void {
  try {
    new PerformanceObserver((list) => {
      (list.getEntries() as PerformanceResourceTiming[]).forEach(each);
      done();
    }).observe({ type: "resource", buffered: true });
  } catch {
    // An old browser: what the elements say has to do.
  }
}

export function createCollector(declaration: Declaration, { _config: config, _session: session }: Host): Collector {
  const banner = bannerOf(config, declaration);
  const ids = new WeakMap<Element, number>();
  const elements = new Map<number, WeakRef<Element>>();
  const fetched: Fetched[] = [];
  const refusals: Refusal[] = [];
  const moments = createMoments(session, [...banner.categories, ...banner.services.map(({ key }) => key)]);
  const inventory = createInventory(moments._all.length === 1);
  let changed = () => {};
  const containers = createContainers(() => changed());
  const view: View = {
    _banner: banner,
    _session: session,
    _fetched: fetched,
    _snippets: [],
    _id(element) {
      const id = ids.get(element) ?? elements.size + 1;
      ids.set(element, id);
      elements.set(id, new WeakRef(element));
      return id;
    },
  };
  return {
    _look() {
      view._snippets = readSnippets();
      const loading = unmarked(view);
      const hosts = [...fetched, ...loading].map(({ _address: address }) => hostOf(address));
      return {
        _host: location.host,
        _banner: banner,
        _tags: ourTags(view),
        _marked: marked(view),
        _unmarked: loading,
        _inline: inline(view, [...new Set(hosts)]),
        _fetched: [...fetched],
        _stored: inventory._look(),
        _moments: [...moments._all],
        _layer: layer(),
        _containers: containers._look(select("script[src]"), (script) => waits(view, script)),
        _refusals: [...refusals],
        _waysBack: select("[data-consent-open]:not(#samtykke-open)").length,
      };
    },
    _find: (id) => elements.get(id)?.deref(),
    _watch(report) {
      changed = report;
      const notify = () => changed();
      observeRequests(({ name, startTime, initiatorType }) => {
        if (
          isForeign(hostOf(name), location.host, config.origin) &&
          (initiatorType !== "fetch" || !containers._asked(name))
        )
          fetched.push({ _address: name, _by: initiatorType || "other", _start: startTime });
      }, notify);
      document.addEventListener("samtykke:change", () => {
        moments._add();
        notify();
      });
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
        if (effectiveDirective === "connect-src" && containers._asked(blockedURI)) return;
        refusals.push({ _directive: effectiveDirective.replace(/-elem$/, ""), _address: blockedURI });
        notify();
      });
      const page = new MutationObserver(notify);
      page.observe(document, { childList: true, subtree: true, attributeFilter: WATCHED });
      // No event reports changes of cookies, storage and dataLayer: they are read every second.
      const every = () => {
        if (!document.hidden) void inventory._listDatabases().then(notify);
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
