// The page's commands to Google's tags, as `dataLayer` holds it.
import type { Entry } from "./facts.ts";

/** Entries of `dataLayer` that are looked at: a long-lived page may have thousands. */
const MOST_ENTRIES = 500;

/** An entry of `dataLayer` in one form, without what it refers to. */
function entry(item: unknown): Entry {
  const made = item as Record<string | number, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  if (made && typeof made === "object" && typeof made[0] === "string") {
    const values = made[2];
    const plain = values && typeof values === "object" ? Object.entries(values) : [];
    return {
      _command: made[0],
      _what: made[0] === "js" ? "" : text(made[1]),
      _values: Object.fromEntries(
        plain.filter(([, value]) => /string|number|boolean/.test(typeof value) || Array.isArray(value)),
      ),
    };
  }
  const event = text((made as { event?: unknown } | null)?.event);
  return { _command: event ? "event" : "set", _what: event, _values: {} };
}

/** Its entries; none where there is no `dataLayer`. */
export const layer = (): Entry[] | undefined => {
  const { dataLayer } = window as unknown as { dataLayer?: unknown };
  return Array.isArray(dataLayer) ? dataLayer.slice(0, MOST_ENTRIES).map(entry) : undefined;
};
