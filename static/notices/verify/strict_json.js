// Reads JSON (RFC 8259) as strictly as the command `samtykke log verify` does. `JSON.parse` would not do: of two
// equal keys it silently takes the last, so that a file could show people one thing and programs another.
//
// Whole numbers become BigInt, which has no rounding; fractions and exponents occur in no receipt and are refused.

/** Deepest nesting that is read; a receipt has three levels. */
const DEEPEST = 64;

/** Most digits of a number, as in Python. */
const MOST_DIGITS = 4300;

/** Why a text is not sound JSON: a key of the page's words, and what goes into them. */
export class BadJson extends Error {
  /**
   * @param {string} code
   * @param {Record<string, string>} [values]
   */
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/**
 * The value of a JSON text. Objects become Map, so that a key such as `__proto__` is a key like any other.
 * @param {string} text
 * @returns {unknown}
 * @throws {BadJson} with the code `not_json`, `truncated`, `duplicate_key`, `fraction` or `too_deep`
 */
export function strictJson(text) {
  let at = 0;

  const bad = () => {
    const place = text.slice(0, at).split("\n");
    return at >= text.length
      ? new BadJson("truncated")
      : new BadJson("not_json", { line: String(place.length), column: String([...place[place.length - 1]].length + 1) });
  };
  const space = () => {
    while (" \t\n\r".includes(text[at] || "x")) at++;
  };
  /** @param {string} sign */
  const expect = (sign) => {
    if (text[at] !== sign) throw bad();
    at++;
  };

  const string = () => {
    expect('"');
    let value = "";
    for (;;) {
      const sign = text[at];
      if (sign === undefined || sign < " ") throw bad();
      at++;
      if (sign === '"') return value;
      if (sign !== "\\") {
        value += sign;
        continue;
      }
      const escaped = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }[text[at]];
      if (escaped) {
        value += escaped;
        at++;
      } else {
        const code = /^u([0-9a-fA-F]{4})/.exec(text.slice(at, at + 5));
        if (!code) throw bad();
        value += String.fromCharCode(parseInt(code[1], 16));
        at += 5;
      }
    }
  };

  const number = () => {
    const found = /^(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/.exec(text.slice(at, at + MOST_DIGITS + 40));
    if (!found) throw bad();
    if (found[2] || found[3] || found[1].length > MOST_DIGITS) {
      throw new BadJson("fraction", { number: found[0].slice(0, 20) });
    }
    at += found[0].length;
    return BigInt(found[1]);
  };

  /**
   * @param {number} depth
   * @returns {Map<string, unknown>}
   */
  const object = (depth) => {
    const value = new Map();
    at++;
    space();
    if (text[at] === "}") {
      at++;
      return value;
    }
    for (;;) {
      space();
      const key = string();
      if (value.has(key)) throw new BadJson("duplicate_key", { key: key.slice(0, 40) });
      space();
      expect(":");
      value.set(key, any(depth + 1));
      space();
      if (text[at] === "}") {
        at++;
        return value;
      }
      expect(",");
    }
  };

  /**
   * @param {number} depth
   * @returns {unknown[]}
   */
  const array = (depth) => {
    /** @type {unknown[]} */
    const value = [];
    at++;
    space();
    if (text[at] === "]") {
      at++;
      return value;
    }
    for (;;) {
      value.push(any(depth + 1));
      space();
      if (text[at] === "]") {
        at++;
        return value;
      }
      expect(",");
    }
  };

  /**
   * @param {number} depth
   * @returns {unknown}
   */
  const any = (depth) => {
    if (depth > DEEPEST) throw new BadJson("too_deep");
    space();
    const sign = text[at];
    if (sign === "{") return object(depth);
    if (sign === "[") return array(depth);
    if (sign === '"') return string();
    for (const [word, value] of /** @type {[string, unknown][]} */ ([["true", true], ["false", false], ["null", null]])) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    }
    return number();
  };

  const value = any(0);
  space();
  if (at < text.length) throw bad();
  return value;
}
