// Puts the parts together and ties them to the page.
import { createApi } from "./api.ts";
import type { Config } from "./config.ts";
import type { Action, Wanted } from "./consent.ts";
import { createJar } from "./cookie.ts";
import { createEmitter } from "./emitter.ts";
import { createGate } from "./gate.ts";
import { loadWords, pickLanguage, type Words } from "./languages.ts";
import { createQueue } from "./queue.ts";
import { surroundings } from "./sending.ts";
import { createSession, demands } from "./session.ts";
import type { OpenSettings } from "./settings-host.ts";
import { iso, type Source } from "./snapshot.ts";
import { createBanner, list } from "./ui/banner.ts";
import { afterPaint, button, h, outermost } from "./ui/dom.ts";
import css from "./ui/first.css";
import { createPlaceholders } from "./ui/placeholder.ts";
import { createStage } from "./ui/stage.ts";
import { createStyles, paint } from "./ui/styles.ts";

/** 128 random bits as 22 base64url characters. */
const newId = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .slice(0, 22);

export function start(config: Config, nonce: string): void {
  const now = () => Math.floor(Date.now() / 1000);
  const gpc = !!config.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
  const dnt = !!config.dnt && navigator.doNotTrack === "1";
  const place = { holder: document, hostname: location.hostname, secure: location.protocol === "https:" };
  const jar = createJar(place, config, config.cookie === "site");
  const session = createSession(config, { jar, now, newId, objects: gpc || dnt });
  const events = createEmitter(session.snapshot);
  const key = "samtykke:queue:" + config.site;
  const queue = createQueue(key, surroundings(config));
  const stage = createStage();
  const placeholders = createPlaceholders();
  const nameOf = ({ categories }: Words, category: string) => categories[category] ?? category;

  let words: Promise<Words> | undefined;
  /** The words of this visitor's language and, with the first of them, our style. */
  const speak = () =>
    (words ??= (() => {
      paint(addStyles(css), config.appearance);
      const wishes = [document.documentElement.lang, ...(navigator.languages ?? [])];
      const available = [config.language, ...Object.keys(config.languages)];
      return loadWords(config, pickLanguage(wishes, available, config.language)).then((found) => {
        language = found.language;
        return found;
      });
    })());
  let language = config.language;
  const addStyles = createStyles(nonce);

  const gate = createGate({
    permits: session.permits,
    blocked(frame) {
      void speak().then((spoken) => {
        if (session.permits(frame) || !frame.isConnected) return;
        const { categories, service } = demands(frame);
        const known = config.services.find((each) => each.key === service);
        // Its own category is not needed once the service is allowed by name.
        const others = categories.filter((each) => each !== known?.category);
        const needed = others.concat(known ? known.key : []);
        placeholders.cover(frame, spoken, {
          service: known?.name ?? frame.title,
          category: list([...new Set(known ? [known.category, ...others] : categories)].map((each) => nameOf(spoken, each)), spoken.language),
          allow: () => decide("save", "placeholder", Object.fromEntries(needed.map((each) => [each, true]))),
        });
      });
    },
  });

  const tell = (event: "ready" | "change") => {
    events.emit(event, session.snapshot());
    document.dispatchEvent(new CustomEvent("samtykke:" + event, { detail: session.snapshot() }));
  };

  /** Brings the page in line with the decision. */
  const apply = () => {
    gate.scan(document);
    placeholders.uncover(session.permits);
    tell("change");
  };

  const decide = (action: Action, surface: Source, wanted: Wanted = {}) => {
    const choice = session.decide(action, surface, wanted);
    hide();
    const { choices, services } = choice;
    const consent = session.consent();
    if (consent.kind === "undecided") return;
    const message = {
      id: newId(),
      visitor: consent.visitor,
      version: config.version,
      language,
      action,
      surface,
      choices,
      ...(Object.keys(services).length && { services }),
      signals: { gpc, ...(dnt && { dnt }) },
      decided_at: iso(consent.at),
    };
    afterPaint(() => {
      apply();
      queue.add(message);
      reopener();
    });
  };

  const banner = createBanner(config, stage, {
    decide: (action) => decide(action, "banner"),
    settings: () => void settings(),
  });
  let wanted = false;
  const show = async () => {
    wanted = true;
    const spoken = await speak();
    if (!wanted) return;
    const ask = session.ask();
    const changed = ask.kind === "changed" ? ask.categories.map(({ key }) => nameOf(spoken, key)) : [];
    banner.show(spoken, changed);
    events.emit("show");
  };
  const hideBanner = () => {
    wanted = false;
    if (banner.hide()) events.emit("hide");
  };
  let close = () => {};
  const hide = () => {
    close();
    hideBanner();
  };

  const settings = async () => {
    const spoken = await speak();
    try {
      const path = config.settings[spoken.language] ?? config.settings[config.language];
      const { default: open } = (await import(config.origin + path)) as { default: OpenSettings };
      close();
      close = open({
        h,
        button,
        outermost,
        addStyles,
        words: spoken,
        categories: config.categories,
        consent: session.snapshot,
        allows: session.allows,
        decide: (action, choices) => decide(action, "settings", choices),
        number: queue.number,
        waiting: queue.waiting,
      });
    } catch {
      // The first layer has all that is needed to decide.
      if (!wanted) await show();
      banner.say(spoken.texts.unavailable ?? "⚠ " + spoken.texts.settings);
    }
  };

  let floating: HTMLElement | undefined;
  /** The small button that opens the settings again, on sites that want one. */
  const reopener = () => {
    if (!config.floating || floating || !session.snapshot().decided) return;
    floating = h("button", {});
    void speak().then((spoken) => {
      floating = h("button", {
        ...outermost("samtykke-open", spoken),
        type: "button",
        "data-consent-open": "",
        "aria-label": spoken.texts.reopen ?? "",
        title: spoken.texts.reopen ?? "",
      });
      stage.put(floating, true);
    });
  };

  /** Shows the banner when it is time, and only then. */
  const consider = () => {
    if (session.ask().kind === "no") hideBanner();
    else void show();
    reopener();
  };
  const sync = () => {
    if (!session.sync()) return;
    apply();
    consider();
  };

  Object.defineProperty(window, "samtykke", {
    value: createApi({
      config,
      events,
      consent: session.snapshot,
      allows: session.allows,
      decide: (action, choices) => decide(action, "api", choices),
      show: () => void show(),
      settings: () => void settings(),
      hide,
      visitor() {
        const consent = session.consent();
        return consent.kind === "decided" ? consent.visitor : null;
      },
      forget() {
        session.forget();
        queue.clear();
        apply();
      },
    }),
  });

  gate.scan(document);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof Element) gate.scan(node);
    }
    stage.mend();
  }).observe(document, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-consent-open]")) return;
    event.preventDefault();
    void settings();
  });
  addEventListener("storage", (event) => event.key === key && sync());
  addEventListener("online", () => void queue.flush());
  addEventListener("pageshow", (event) => event.persisted && sync());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    sync();
    void queue.flush();
  });

  const begin = () => {
    sync();
    consider();
    void queue.flush();
  };
  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
  else begin();
  tell("ready");
}
