// The first layer: what is asked, and three answers of equal reach.
import type { Config } from "../config.ts";
import type { Action } from "../consent.ts";
import type { Translation } from "../config.ts";
import { answers, button, h, outermost } from "./dom.ts";

/** @param changed Why the visitor is asked again, where they have decided before. */
export const buildBanner = (
  { appearance: { logo } }: Config,
  translation: Translation,
  changed: string | undefined,
  decide: (action: Action) => void,
  settings: () => unknown,
): HTMLElement => {
  const { texts } = translation;
  return h(
    "section",
    { ...outermost(translation, "samtykke"), role: "region", "aria-labelledby": "samtykke-title" },
    h(
      "div",
      {},
      logo && h("img", { src: logo, alt: "" }),
      h("h2", { id: "samtykke-title" }, texts.title),
      changed && h("p", {}, changed),
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
};
