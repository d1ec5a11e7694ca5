// What a draft needs at once and the published script of the page has not: it comes late, but it comes.
import { block } from "../blocking/block.ts";
import type { Fragment, Page } from "../fragment.ts";
import type { Host } from "../part.ts";
import { informTools } from "../signals/inform.ts";
import { afterPaint } from "../ui/dom.ts";
import { floating } from "../ui/floating.ts";

const FRAGMENTS: Readonly<Record<string, Fragment>> = {
  "signals.js": informTools,
  "blocking.js": block,
  "floating.js": floating,
};

/** Runs the named fragments on this page. */
export const addMissing = (names: readonly string[], host: Host): void => {
  const page: Page = [
    host._session,
    window.samtykke!.on as Page[1],
    afterPaint,
    // Nothing of a preview is sent.
    () => new Promise<never>(() => {}),
    host._extra,
    () => false,
    host._config,
    () => Promise.resolve(host._translation),
    (element) => document.body.append(element),
    host,
  ];
  for (const name of names) FRAGMENTS[name]?.(...page);
};
