// The first layer: what is asked, and three answers of equal reach.
import type { Config } from "../config.ts";
import type { Action } from "../consent.ts";
import type { Translation } from "../config.ts";
import { ACCEPT_ALL, BODY, NOTICE, REJECT_ALL, SETTINGS, TITLE } from "../first_layer.ts";
import { address } from "../post.ts";
import { answers, button, h, outermost, type Child } from "./dom.ts";

/** @param changed Why the visitor is asked again, where they have decided before. */
export const buildBanner = (
  { appearance }: Config,
  translation: Translation,
  changed: Child,
  decide: (action: Action) => void,
  settings: () => unknown,
): HTMLElement => {
  const { texts, language } = translation;
  return h(
    "section",
    { ...outermost(translation, "samtykke"), "aria-label": texts[TITLE] as string },
    h(
      "div",
      {},
      appearance.logo && h("img", appearance.logo),
      h("h2", {}, texts[TITLE]),
      changed && h("p", {}, changed),
      // One paragraph each: easier to read, and none of them is the largest thing on a small page.
      ...(texts[BODY] as string).split("\n").map((text) => h("p", {}, text)),
      // Who asks; a site that does not state it has no such text. Another tab, so that the question stays: browsers
      // give that one no way back to this page.
      texts[NOTICE] && h("a", { href: address(language, "notice"), target: "_blank" }, texts[NOTICE]),
      h("p", { role: "status" }),
    ),
    answers(
      button("reject-all", texts[REJECT_ALL], () => decide("reject_all")),
      button("accept-all", texts[ACCEPT_ALL], () => decide("accept_all")),
      button("settings", texts[SETTINGS], settings, "quiet"),
    ),
  );
};
