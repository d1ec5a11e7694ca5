// Canonical JSON (RFC 8785, JCS): equal values have equal bytes. Keys are sorted, there are no spaces, text is UTF-8.
// A record has ASCII keys and whole numbers only; anything else is refused instead of being written in one of
// several ways.

/**
 * The canonical bytes of a value that `strictJson` has read.
 * @param {unknown} value
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {RangeError} a key is not ASCII, or a text has half of a surrogate pair
 */
export function canonical(value) {
  return new TextEncoder().encode(written(value));
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function written(value) {
  if (value instanceof Map) {
    const keys = [...value.keys()].sort(); // by UTF-16 units, which for ASCII is the order of the bytes
    if (keys.some((key) => /[^\0-\x7f]/.test(key))) throw new RangeError("a key is not ASCII");
    return `{${keys.map((key) => `${text(key)}:${written(value.get(key))}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  return typeof value === "string" ? text(value) : String(value);
}

/**
 * A text as RFC 8785 (3.2.2.2) writes it, which is what `JSON.stringify` does.
 * @param {string} value
 */
function text(value) {
  if (/[\ud800-\udfff]/u.test(value)) throw new RangeError("half of a surrogate pair");
  return JSON.stringify(value);
}
