// The settings dialog: every purpose with its switch, every service with what it stores.
import type { Texts } from "../config.ts";
import { humanise } from "../lifetime.ts";
import type { OpenSettings, SettingsHost } from "../settings-host.ts";
import css from "./settings.css";

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

export interface Declaration {
  readonly texts: Texts;
  readonly categories: readonly DeclaredCategory[];
}

/** A country's name in a language, or its code where the browser does not know. */
function country(code: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

export function createSettings({ texts, categories }: Declaration): OpenSettings {
  let styled = false;
  const text = (key: string) => texts[key] ?? "";

  return (host: SettingsHost) => {
    const { h, button, words } = host;
    const { language } = words;
    const first = (key: string) => words.texts[key] ?? "";
    if (!styled) host.addStyles(css);
    styled = true;

    const facts = (pairs: readonly (readonly [string, string | Node])[]) =>
      h("dl", {}, ...pairs.flatMap(([key, value]) => (value ? [h("div", {}, h("dt", {}, text(key)), h("dd", {}, value))] : [])));

    const cookie = ({ name, host: owner, kind, lifetime, purpose }: DeclaredCookie) =>
      h(
        "li",
        {},
        h("code", {}, name),
        facts([
          ["purpose", purpose],
          ["lifetime", lifetime === "session" ? text("session") : humanise(lifetime, language)],
          ["cookie_host", owner],
          ["cookie_kind", text("kind_" + kind) || kind],
        ]),
      );

    const service = (each: DeclaredService) =>
      h(
        "li",
        {},
        h("h4", {}, each.name),
        facts([
          ["purpose", each.purpose],
          ["provider", each.provider],
          ["country", country(each.country, language)],
          ["shared_with", each.shared_with.join(", ")],
          [
            "privacy_link",
            each.privacy_link &&
              h("a", { href: each.privacy_link, target: "_blank", rel: "noopener noreferrer" }, new URL(each.privacy_link).host),
          ],
        ]),
        ...(each.cookies.length ? [h("h5", {}, text("cookies_heading")), h("ul", {}, ...each.cookies.map(cookie))] : []),
      );

    const optional = new Set(host.categories.map(({ key }) => key));
    const switches: HTMLInputElement[] = [];
    const category = (each: DeclaredCategory) => {
      const id = "samtykke-" + each.key;
      const name = h("h3", {}, each.name);
      let head: HTMLElement;
      if (optional.has(each.key)) {
        const input = h("input", { type: "checkbox", role: "switch", name: each.key, "aria-describedby": id });
        input.checked = host.allows(each.key);
        switches.push(input);
        head = h("label", {}, name, input);
      } else head = h("div", { class: "head" }, name, h("span", {}, text("always_on")));
      const section = h("section", {}, head, h("p", { id }, each.description));
      if (each.services.length) {
        const summary = h("summary", {}, `${text("services_heading")} (${each.services.length})`);
        section.append(h("details", {}, summary, h("ul", {}, ...each.services.map(service))));
      }
      return section;
    };

    const dialog = h("dialog", { ...host.outermost("samtykke-settings", words), "aria-labelledby": "samtykke-heading" });
    const close = () => dialog.close();

    const finish = (act: () => void) => () => {
      close();
      act();
      announce();
    };
    /** Says that the choice is saved, in a live region that is there before its words are. */
    const announce = () => {
      const toast = h("div", { ...host.outermost("samtykke-status", words), role: "status" });
      document.body.append(toast);
      setTimeout(() => toast.append(text("saved")), 50);
      setTimeout(() => toast.remove(), 6000);
    };

    const state = h("div", { class: "state" });
    const { decided, decidedAt } = host.consent();
    const granted = host.categories.filter(({ key }) => host.allows(key));
    const date =
      decided && decidedAt
        ? new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" }).format(new Date(decidedAt))
        : "";
    state.append(h("p", {}, date ? text("state_decided").replace("{date}", date) : text("state_undecided")));
    const number = host.number();
    if (decided && number) {
      const copy = h("button", { type: "button", class: "quiet" }, text("copy"));
      copy.addEventListener("click", () => {
        void navigator.clipboard?.writeText(number).then(() => (copy.textContent = text("copied")));
      });
      state.append(h("p", {}, text("consent_number") + " ", h("code", {}, number), " ", copy));
    }
    if (host.waiting()) state.append(h("p", {}, text("not_sent")));
    if (granted.length || Object.values(host.consent().services).includes(true)) {
      const withdraw = button("withdraw", text("withdraw"), finish(() => host.decide("withdraw")));
      state.append(withdraw);
    }

    const heading = h("h2", { id: "samtykke-heading", tabindex: "-1" }, text("settings_title"));
    const leave = button("close", "", close);
    leave.setAttribute("aria-label", text("close"));
    dialog.append(
      h("header", {}, heading, leave),
      h("div", { class: "body" }, h("p", {}, text("settings_intro")), state, ...categories.map(category)),
      h(
        "footer",
        {},
        button("reject-all", first("reject_all"), finish(() => host.decide("reject_all"))),
        button("accept-all", first("accept_all"), finish(() => host.decide("accept_all"))),
        button(
          "save",
          text("save"),
          finish(() => host.decide("save", Object.fromEntries(switches.map((input) => [input.name, input.checked])))),
        ),
      ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    heading.focus();
    return close;
  };
}
