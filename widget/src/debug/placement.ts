// Where our own script tag stands: first in the head, once, and not later than what it has to hold back.
import type { Attributes, Facts, OurTag } from "./facts.ts";
import { enumerate, type Finding } from "./finding.ts";
import { startTag, valueOf, whole, without } from "./markup.ts";

/** Attributes by which a script does not run where it stands. */
const LATER = ["async", "defer"];

/** The tag as it should be. */
const plain = (attributes: Attributes): string => {
  const rest = without(attributes, ...LATER);
  return whole("script", valueOf(rest, "type") === "module" ? without(rest, "type") : rest);
};

function deferred({ _attributes: attributes, _injected: injected }: OurTag): string {
  if (injected) return "is inserted by another script";
  if (valueOf(attributes, "type") === "module") return "is a module";
  const [found] = LATER.filter((name) => valueOf(attributes, name) !== undefined);
  return found ? "is marked " + found : "";
}

/** What must not happen before our script has run, if anything. */
function urgent({ consent_mode, automatic_blocking }: Facts["_banner"]): string {
  if (consent_mode !== "off") return "Google's tags must find the default consent when they start";
  return automatic_blocking ? "automatic blocking can only stop what comes after it" : "";
}

export function placement({ _tags: tags, _banner: banner }: Facts): Finding[] {
  const [first, ...others] = tags;
  if (!first) return [];
  const found: Finding[] = others.map((tag) => ({
    _id: "script-twice " + tag._id,
    _level: "warning",
    _title: "The banner's script is on the page twice",
    _why: "Only the first one runs. The other costs a request, and a later change to one of them is easily forgotten.",
    _element: tag._id,
    _from: whole("script", tag._attributes),
    _to: "",
  }));
  const to = `<head>\n  ${plain(first._attributes)}`;
  const from = whole("script", first._attributes);
  const how = deferred(first);
  const need = urgent(banner);
  if (how && need) {
    found.push({
      _id: "script-deferred",
      _level: "fault",
      _title: `The banner's script ${how}`,
      _why: `It runs at a time that nobody knows, but ${need}. Let it stand in the page's source, as the first thing in the head.`,
      _element: first._id,
      _from: from,
      _to: to,
    });
  } else if (!how && (first._before.length || !first._inHead)) {
    // A line of the page's own may stand in front of us without harm; that cannot be seen from outside.
    const loading = first._before.some(({ _attributes: attributes }) =>
      attributes.some(([name]) => /^(src|href)$/.test(name)),
    );
    const before = first._before.map(({ _tag: tag, _attributes: attributes }) => startTag(tag, attributes));
    found.push({
      _id: "script-late",
      _level: need && before.length ? "fault" : loading || !before.length ? "warning" : "note",
      _title: "The banner's script is not the first in the head",
      _why: before.length
        ? `What stands in front of it has run or loaded before anything could be held back: ${enumerate(before)}.`
        : "In the body it runs after what the head has loaded, and the banner is painted later than it could be.",
      _element: first._id,
      _from: from,
      _to: to,
    });
  }
  return found;
}
