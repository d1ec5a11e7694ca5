// Puts the parts together and ties them to the page.
import type { Samtykke } from "../samtykke.d.ts";
import { createStage } from "./ui/stage.ts";
import { config } from "./context.ts";
import { buildBanner } from "./ui/banner.ts";
import { watchLeaving } from "./leaving.ts";
import { createEmitter, type Emitter } from "./emitter.ts";
import { UNAVAILABLE } from "./first_layer.ts";
import { loadTexts } from "./texts.ts";
import { objects, signals } from "./objections.ts";
import { createApi, type Surface } from "./api.ts";
import type { Action, Decision, Requested } from "./consent.ts";
import { post, shown as shownNow } from "./post.ts";
import { sender } from "./sending.ts";
import type { Fragment } from "./fragment.ts";
import { createQueue, storageKey, type Queue } from "./queue.ts";
import { addStyles, adopt } from "./ui/styles.ts";
import { createGate, type Scan } from "./gate.ts";
import { createRoots, type Roots } from "./roots.ts";
import { iso, type Source } from "./snapshot.ts";
import { afterPaint, answers, button, h, outermost } from "./ui/dom.ts";
import type { Translation } from "./config.ts";
import { createSession, type Session } from "./session.ts";
import type { Building, Host, MakePart, Part } from "./part.ts";

/** Days that a decision is worth sending, unless the consent itself is valid for less. */
const PATIENCE = 30;

/** Milliseconds after a failure in which the placeholders' file is not asked for again. */
const PAUSE = 9000;

/** 128 random bits as 22 base64url characters. */
const newId = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .slice(0, 22);

/** What the language's own types do not know yet. */
type Prerendered = { readonly prerendering?: boolean };

// The script runs once on a page: `start` sets these, before anything here is called.
let session: Session;
let queue: Queue;
let on: Emitter["_on"];
let emit: Emitter["_emit"];
let scan: Scan;
let look: Roots["_look"];
let skip: Roots["_skip"];

const { _mount: mount, _unmount: unmount, _repair: repair } = createStage();

const building: Building = {
  _answers: answers,
  _h: h,
  _button: button,
  _outermost: outermost,
  _addStyles: addStyles,
};

/** What the fetched parts can do. */
const loaded: Partial<Part> & Record<string, unknown> = {};
/** Fetches a part and what it can do; after a failure it is tried again when next needed. */
const loadPart = async (pick: (translation: Translation) => string | undefined) => {
  const translation = await loadTexts();
  const path = config.origin + pick(translation);
  const { default: make } = (await import(path)) as { default: MakePart };
  const host: Host = {
    _config: config,
    _translation: translation,
    _session: session,
    _storedQueue: queue._stored,
    _scan: scan,
    _apply: apply,
    _decide: decide,
    _extra: extra,
    ...building,
  };
  // Each file once; what it can do stays under its path, too.
  loaded[path] ??= Object.assign(loaded, make(host));
  return loaded as unknown as Part;
};
/** The settings and placeholders, in the visitor's language. */
const part = () => loadPart(({ language }) => config.settings[language]);
/** What only few pages need. */
const extra = () => loadPart(() => config.extra);
/** Has it do something that the page can do without. */
const optional = <Result>(work: (part: Part) => Result): Promise<Result | undefined> =>
  extra()
    .then(work)
    .catch(() => undefined);

/** The placeholders' file on its way: asked for once, however often a frame is seen, and after a failure not at once. */
let loading: unknown;
/** Covers a frame or box that may not load. */
const cover = (frame: HTMLElement) => {
  if (loaded._cover) {
    adopt(frame.getRootNode() as Document);
    loaded._cover(frame);
  } else loading ||= part().then(look, () => setTimeout(() => (loading = 0), PAUSE));
};

let banner: HTMLElement | undefined;
/** Whether the banner is there, or on its way; a link to a draft keeps it away until there is none to show (`asked.ts`). */
let shown = /samtykke-draft=/.test(document.URL);
const show = async () => {
  if (shown) return;
  shown = true;
  const translation = await loadTexts();
  const changed = session._ask()?.length ? await optional((part) => part._scopeChanges()) : "";
  // A decision may have come while the texts were loading.
  if (!shown) return;
  banner = buildBanner(config, translation, changed, (action) => decide(action, "banner"), settings);
  mount(banner);
  emit("show");
};
const hide = () => {
  loaded._close?.();
  shown = false;
  if (!banner) return;
  // Removed at once, not faded: tools that answer for the visitor look whether it has gone.
  unmount(banner);
  banner = undefined;
  emit("hide");
};

const settings = async () => {
  try {
    (await part())._settings();
  } catch {
    // The first layer has all that is needed to decide.
    await show();
    const { texts } = await loadTexts();
    banner?.querySelector("[role=status]")!.replaceChildren(texts[UNAVAILABLE] as string);
  }
};

/** Shows the banner when it is time, and only then. */
const consider = () => {
  if (session._ask()) void show();
  else hide();
};

/** Set while the extra file is on its way to what a page asks of it; for good after a failure, not to ask at each change. */
let asking: unknown;
/** What few pages ask for: the cookie declaration, the settings by their address, and the panel for the page's developer. */
const special = () => {
  if (config.draft || /[#?&]samtykke/.test(document.URL) || document.querySelector("[data-samtykke-declaration='']"))
    asking ||= optional(async (part) => (asking = await part._special()));
};

/** Brings the page in line with the decision. */
function apply() {
  look();
  loaded._uncover?.();
  if (session._lost()) void optional((part) => part._purge());
  emit("change");
}
const sync = () => {
  if (!session._sync()) return;
  apply();
  consider();
};

function decide(action: Action, surface: Source, requested: Requested = {}) {
  const choice = session._choose(action, surface, requested);
  hide();
  const { visitor, _at: at } = session._decision() as Decision;
  // That the banner has gone is no news. All that is not the answer itself waits until the answer is seen.
  skip();
  afterPaint(() => {
    apply();
    // Who has opened the settings meanwhile keeps them.
    if (session._ask()) void show();
    config.draft || queue._enqueue({
      id: newId(),
      visitor,
      ...shownNow(),
      action,
      surface,
      ...choice,
      signals: signals(),
      decided_at: iso(at),
    });
  });
}

// A page that comes back from the browser's cache, or from behind other tabs, may have missed a decision.
function refresh() {
  sync();
  look();
  special();
  void queue._flush();
}

function onVisible() {
  refresh();
  consider();
}

/** Each question to the browser's cookies and storage holds the page up: what can wait does. */
const catchUp = () => {
  // Another tab has decided. To send that is its own business. Listening to the storage makes the browser fetch it,
  // so that is for browsers without an event for changed cookies.
  const { cookieStore } = window;
  (cookieStore ?? window).addEventListener(cookieStore ? "change" : "storage", sync);
  // It may have done so while this page was loading.
  sync();
  session._renew();
  // What an earlier page could not send, or did not learn of: nobody may have read a cookie that came by HTTP. Should
  // a mark be lost otherwise, the queue is checked when the page is hidden.
  const known = session._decision();
  if (known && (known._wait || config.http)) void queue._flush();
};

const listen = () => {
  document.addEventListener("DOMContentLoaded", look);

  document.addEventListener("click", (event) => {
    if (!event.composedPath().some((node) => (node as Partial<Element>).matches?.("[data-consent-open]"))) return;
    event.preventDefault();
    void settings();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (banner && key === "Tab") void optional((part) => banner && part._room(banner));
  });
  for (const event of ["online", "visibilitychange", "hashchange"]) addEventListener(event, refresh);
  watchLeaving(refresh);
};

export function start(fragments: readonly Fragment[]): void {
  session = createSession(config, () => Math.floor(Date.now() / 1000), newId, objects);
  ({ _on: on, _emit: emit } = createEmitter(document, session._view));
  queue = createQueue(storageKey(config.site), Math.min(PATIENCE, config.validity), sender(config, post), () => {
    // Another tab may have decided meanwhile, or the answer have brought an older cookie than the page's.
    sync();
    session._markSent();
  });
  for (const fragment of fragments)
    fragment(session, on, afterPaint, post, part, objects, config, loadTexts, mount, building);

  scan = createGate(session, cover);
  ({ _look: look, _skip: skip } = createRoots(scan, () => {
    repair();
    adopt();
    special();
  }));

  (window as { samtykke?: Samtykke }).samtykke = createApi(session, decide, extra, {
    on,
    show,
    settings,
    hide,
  } as Surface);

  look();
  listen();
  if ((document as Prerendered).prerendering) document.addEventListener("prerenderingchange", onVisible);
  else consider();
  afterPaint(catchUp);
  emit("ready");
  special();
}
