// The first layer: what is asked, and three answers of equal reach.
import type { Config } from "../config.ts";
import type { Action } from "../consent.ts";
import type { Words } from "../languages.ts";
import type { Session } from "../session.ts";
import { answers, button, h, outermost } from "./dom.ts";

export function buildBanner(
  { appearance: { layout, position, logo }, services }: Config,
  words: Words,
  session: Session,
  decide: (action: Action) => void,
  settings: () => unknown,
): HTMLElement {
  const { texts, categories, language } = words;
  /** What came since the visitor's decision: the categories that grew, with their new services. */
  const names = (session.ask() ?? []).map(({ key }) => {
    const { version = 0 } = session.decision() ?? {};
    const fresh = services.filter(({ category, since = 0 }) => category === key && since > version);
    const name = categories[key] ?? key;
    return fresh.length ? `${name} (${fresh.map((each) => each.name).join(", ")})` : name;
  });
  return h(
    "section",
    { ...outermost(words, "samtykke", `${layout} ${position}`), role: "region", "aria-labelledby": "samtykke-title" },
    h(
      "div",
      {},
      !!logo && h("img", { src: logo, alt: "" }),
      h("h2", { id: "samtykke-title" }, texts.title),
      names.length > 0 &&
        h("p", {}, texts.changed?.replace("{names}", new Intl.ListFormat(language).format(names))),
      // One paragraph each: easier to read, and none of them is the largest thing on a small page.
      ...(texts.body ?? "").split("\n").map((text) => h("p", {}, text)),
      h("p", { role: "status" }),
    ),
    answers(
      button("reject-all", texts.reject_all, () => decide("reject_all")),
      button("accept-all", texts.accept_all, () => decide("accept_all")),
      button("settings", texts.settings, settings, "quiet"),
    ),
  );
}
