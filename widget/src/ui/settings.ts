// The settings dialog: every purpose with its switch, every service with what it stores.
import type { Texts } from "../config.ts";
import type { Action, Requested } from "../consent.ts";
import type { Attributes } from "./dom.ts";
import { humanise } from "../lifetime.ts";
import type { Host, Part } from "../part.ts";

interface DeclaredCookie {
  readonly name: string;
  readonly host: string;
  readonly kind: string;
  /** ISO 8601 duration or "session". */
  readonly lifetime: string;
  readonly purpose: string;
}

interface DeclaredService {
  readonly key: string;
  readonly name: string;
  readonly provider: string;
  readonly purpose: string;
  /** ISO 3166 code. */
  readonly country: string;
  readonly privacy_link: string;
  readonly shared_with: readonly string[];
  readonly cookies: readonly DeclaredCookie[];
}

interface DeclaredCategory {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly services: readonly DeclaredService[];
}

/** Texts and declarations of one language: what the server appends to the part. */
export interface Declaration {
  readonly texts: Texts;
  readonly categories: readonly DeclaredCategory[];
}

/** How long the sentence about the saved choice stays, in milliseconds. */
const READING_TIME = 6000;

/** A country's name in the first locale that the browser knows, or its code where the browser does not know it. */
function country(code: string, locales: readonly string[]): string {
  try {
    return new Intl.DisplayNames(locales, { type: "region" }).of(code) as string;
  } catch {
    return code;
  }
}

export function createSettings({ texts, categories }: Declaration, host: Host): Pick<Part, "_settings" | "_close"> {
  const {
    _config: config,
    _h: h,
    _button: button,
    _translation: translation,
    _session: session,
    _outermost: outermost,
  } = host;
  const { language } = translation;
  /** Plain English is not the American kind. */
  const locales = [language === "en" ? "en-GB" : language, "nb"];
  const text = (key: string) => texts[key] ?? translation.texts[key] ?? "";
  const when = (iso: string) =>
    new Intl.DateTimeFormat(locales, { dateStyle: "long", timeStyle: "short" }).format(new Date(iso));
  let dialog: HTMLDialogElement | undefined;
  /** The switches of the open dialog, with the keys they stand for. */
  const switches = new Map<HTMLInputElement, string>();

  /** A list of facts, without those that are not known. */
  const facts = (pairs: readonly (readonly [string, string | Node])[]) =>
    h("dl", {}, ...pairs.map(([key, value]) => !!value && h("div", {}, h("dt", {}, text(key)), h("dd", {}, value))));

  const cookie = ({ name, host: owner, kind, lifetime, purpose }: DeclaredCookie) =>
    h(
      "li",
      {},
      h("code", {}, name),
      facts([
        ["purpose", purpose],
        ["lifetime", lifetime === "session" ? text("session") : humanise(lifetime, locales)],
        ["cookie_host", owner],
        ["cookie_kind", text("kind_" + kind)],
      ]),
    );

  const link = (address: string) =>
    /^https?:/.test(address)
      ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, new URL(address).host)
      : "";

  /** A switch for a category or service, named and described by elements of those ids. */
  const toggle = (key: string, allowed: boolean, labelledby: string, attributes: Attributes) => {
    const input = h("input", { type: "checkbox", role: "switch", "aria-labelledby": labelledby, ...attributes });
    input.checked = allowed;
    switches.set(input, key);
    return input;
  };

  /** A service, which can be decided on apart from its category where it has a bit of its own. */
  const service = (each: DeclaredService) => {
    const id = "samtykke-service-" + each.key;
    const name = h("h4", { id }, each.name);
    const known = config.services.some(({ key }) => key === each.key);
    const input = known && toggle(each.key, session._allowed(each.key), id, { "data-service": each.key });
    return h(
      "li",
      {},
      input ? h("label", {}, name, input) : name,
      facts([
        ["purpose", each.purpose],
        ["provider", each.provider],
        ["country", country(each.country, locales)],
        ["shared_with", each.shared_with.join(", ")],
        ["privacy_link", link(each.privacy_link)],
      ]),
      each.cookies.length > 0 &&
        h("div", {}, h("h5", {}, text("cookies_heading")), h("ul", {}, ...each.cookies.map(cookie))),
    );
  };

  /** A category with its switch; what is necessary has none. */
  const category = (each: DeclaredCategory) => {
    const id = "samtykke-" + each.key;
    const name = h("h3", { id }, each.name);
    const optional = config.categories.some(({ key }) => key === each.key);
    const input =
      optional &&
      toggle(each.key, session._allowed(each.key), id, {
        name: each.key,
        "aria-describedby": id + "-why",
      });
    const { services } = each;
    const heading = id + "-services";
    const section = h(
      "section",
      {},
      input ? h("label", {}, name, input) : h("div", { class: "head" }, name, h("span", {}, text("always_on"))),
      h("p", { id: id + "-why" }, each.description),
      services.length > 0 &&
        h(
          "details",
          {},
          // Read out together with the category, whose name stands far away.
          h(
            "summary",
            { id: heading, "aria-labelledby": `${heading} ${id}` },
            `${text("services_heading")} (${services.length})`,
          ),
          h("ul", {}, ...services.map(service)),
        ),
    );
    // A category speaks for its services, until one of them is set apart.
    input &&
      input.addEventListener("change", () => {
        for (const inner of section.querySelectorAll<HTMLInputElement>("li input")) inner.checked = input.checked;
      });
    return section;
  };

  /** The visitor's rights in what was recorded are asked of the server: without it there is nothing to press. */
  const rights = () => {
    const place = h("section");
    const erased = () => {
      close();
      announce("erased");
      window.samtykke?.show();
    };
    void host._extra().then(
      (part) => place.replaceWith(part._rights(text, erased)),
      () => {},
    );
    return place;
  };

  /** What was decided and when, the number that proves it, and the way to take it back. */
  const state = () => {
    const { decided, decidedAt, source, services } = session._view();
    const { number, items } = host._storedQueue();
    if (!decided) return h("p", {}, text(source === "signal" ? "objection" : "state_undecided"));
    const granted = categories.filter(({ key }) => session._allowed(key)).map(({ name }) => name);
    const grantsAnything =
      config.categories.some(({ key }) => session._allowed(key)) || Object.values(services).includes(true);
    const copy = button(
      "copy",
      text("copy"),
      () => {
        void navigator.clipboard?.writeText(number as string).then(() => copy.replaceChildren(text("copied")));
      },
      "quiet",
    );
    const known = !!number && !items.length;
    return h(
      "div",
      { class: "state" },
      h("p", {}, text("state_decided").replace("{date}", when(decidedAt as string))),
      h("p", {}, "✓ " + new Intl.ListFormat(locales).format(granted)),
      items.length > 0 && h("p", {}, text("not_sent")),
      known && h("p", {}, text("consent_number") + ": ", h("code", {}, number)),
      known && copy,
      grantsAnything && answer("withdraw", "withdraw", "quiet"),
    );
  };

  const close = () => (dialog?.close ? dialog.close() : dialog?.dispatchEvent(new Event("close")));

  /**
   * Gives the focus to what opens the settings again, where it was on the banner, which has gone. The small button comes
   * a moment later; where there is neither it nor a link, the page keeps the focus.
   */
  const giveFocusBack = (tries = 20) => {
    if (document.activeElement !== document.body) return;
    // The link may stand at the end of the page, where the visitor is not.
    document.querySelector<HTMLElement>("[data-consent-open]")?.focus({ preventScroll: true });
    if (tries) setTimeout(giveFocusBack, 50, tries - 1);
  };

  /** Announces what was done, in a live region that is there before its text is. */
  const announce = (what: string) => {
    const toast = h("div", { ...outermost(translation, "samtykke-status"), role: "status" });
    document.body.append(toast);
    giveFocusBack();
    setTimeout(() => toast.append(text(what)), 100);
    setTimeout(() => toast.remove(), READING_TIME);
  };

  const answer = (action: string, label: string, kind = "", wanted?: () => Requested) =>
    button(
      action,
      text(label),
      () => {
        const choice = wanted?.();
        close();
        host._decide(action.replace("-", "_") as Action, "settings", choice);
        announce("saved");
      },
      kind,
    );

  return {
    _settings() {
      if (dialog) return;
      const leave = button("close", "", close, "quiet");
      leave.setAttribute("aria-label", text("close"));
      const heading = h("h2", { id: "samtykke-heading", tabindex: "-1" }, text("settings_title"));
      const opened: HTMLDialogElement = h(
        "dialog",
        { ...outermost(translation, "samtykke-settings", config.sheet ? "sheet" : ""), "aria-labelledby": heading.id },
        h("div", { class: "top" }, heading, leave),
        h(
          "div",
          { class: "body" },
          h("p", {}, text("settings_intro")),
          state(),
          ...categories.map(category),
          !!session._decision() && rights(),
        ),
        h(
          "div",
          { class: "bottom" },
          host._answers(
            answer("reject-all", "reject_all"),
            answer("accept-all", "accept_all"),
            answer("save", "save", "quiet", () => {
              const chosen = [...switches].map(([{ checked }, key]) => [key, checked] as const);
              // In this order, since a category may bear the name of a service.
              return Object.fromEntries(chosen.reverse());
            }),
          ),
        ),
      );
      opened.addEventListener("close", () => {
        dialog = undefined;
        switches.clear();
        opened.remove();
      });
      dialog = opened;
      document.body.append(opened);
      // A browser without dialogs shows it all the same.
      opened.showModal?.();
      // A page on which something hides us must not stay locked behind what nobody sees.
      requestAnimationFrame(() => opened.getClientRects().length || close());
      heading.focus();
    },
    _close: close,
  };
}
