// The first layer: what is asked, and three answers of equal reach.
import type { Appearance, Category } from "../config.ts";
import type { Action } from "../consent.ts";
import type { Words } from "../languages.ts";
import { answers, button, h, outermost } from "./dom.ts";

/** `changed` are the categories that grew since the visitor's decision. */
export function buildBanner(
  { layout, position, logo }: Appearance,
  words: Words,
  changed: readonly Category[],
  decide: (action: Action) => void,
  settings: () => unknown,
): HTMLElement {
  const { texts, categories, language } = words;
  const names = changed.map(({ key }) => categories[key] ?? key);
  return h(
    "section",
    { ...outermost(words, "samtykke", `${layout} ${position}`), role: "region", "aria-labelledby": "samtykke-title" },
    h(
      "div",
      {},
      !!logo && h("img", { src: logo, alt: "" }),
      h("h2", { id: "samtykke-title" }, texts.title),
      changed.length > 0 &&
        h("p", {}, texts.changed?.replace("{names}", new Intl.ListFormat(language).format(names))),
      h("p", {}, texts.body),
      h("p", { role: "status" }),
    ),
    answers(
      button("reject-all", texts.reject_all, () => decide("reject_all")),
      button("accept-all", texts.accept_all, () => decide("accept_all")),
      button("settings", texts.settings, settings, "quiet"),
    ),
  );
}
