// The first layer: what is asked, and three answers of equal reach.
import type { Config } from "../config.ts";
import type { Action } from "../consent.ts";
import type { Translation } from "../config.ts";
import { address } from "../post.ts";
import { answers, button, h, outermost, type Child } from "./dom.ts";

/** @param changed Why the visitor is asked again, where they have decided before. */
export const buildBanner = (
  { appearance: { logo } }: Config,
  translation: Translation,
  changed: Child,
  decide: (action: Action) => void,
  settings: () => unknown,
): HTMLElement => {
  const { texts, language } = translation;
  return h(
    "section",
    { ...outermost(translation, "samtykke"), "aria-label": texts.title as string },
    h(
      "div",
      {},
      logo && h("img", { src: logo, alt: "" }),
      h("h2", {}, texts.title),
      changed && h("p", {}, changed),
      // One paragraph each: easier to read, and none of them is the largest thing on a small page.
      ...(texts.body as string).split("\n").map((text) => h("p", {}, text)),
      // Who asks; a site that does not state it has no such text. Another tab, so that the question stays: browsers
      // give that one no way back to this page.
      texts.notice && h("a", { href: address(language, "notice"), target: "_blank" }, texts.notice),
      h("p", { role: "status" }),
    ),
    answers(
      button("reject-all", texts.reject_all, () => decide("reject_all")),
      button("accept-all", texts.accept_all, () => decide("accept_all")),
      button("settings", texts.settings, settings, "quiet"),
    ),
  );
};
