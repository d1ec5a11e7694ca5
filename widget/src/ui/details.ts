// What the settings say of a service: who it is, and what it stores.
import { h, locales, text } from "./context.ts";
import type { DeclaredCookie, DeclaredService } from "../config.ts";
import type { Child } from "./dom.ts";

/** A country's name, or its code where the browser does not know it. */
const country = (code: string): string => {
  try {
    return new Intl.DisplayNames(locales, { type: "region" }).of(code) as string;
  } catch {
    return code;
  }
};

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
      ["lifetime", lifetime],
      ["cookie_host", owner],
      ["cookie_kind", text("kind_" + kind)],
    ]),
  );

const link = (address: string) =>
  /^https?:/.test(address)
    ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, new URL(address).host)
    : "";

export const details = (service: DeclaredService): Child[] => [
  facts([
    ["purpose", service.purpose],
    ["provider", service.provider],
    ["country", country(service.country)],
    ["shared_with", service.shared_with.join(", ")],
    ["privacy_link", link(service.privacy_link)],
  ]),
  service.cookies.length > 0 &&
    h("div", {}, h("h5", {}, text("cookies_heading")), h("ul", {}, ...service.cookies.map(cookie))),
];
