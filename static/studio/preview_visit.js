// Who visits the sample page: a page in a sandbox has no cookies, storage or network, so it is given ones that lead nowhere.

/** A number as the banner's server gives them, and a secret as its script makes them; neither was ever given out. */
const NUMBER = "0EXAMPLE0EXAMPLE0EXAMPLE00";
const SECRET = "preview-preview-previe";
/** Version that each visitor decided on: `PREVIEW_GROWN` and `PREVIEW_ANNOUNCED` in server/embed/values.py. */
const VERSIONS = { again: 1, announced: 2, returning: 3, unsent: 3 };

/** The cookie of somebody who has allowed everything; empty for who has not answered. */
function cookieOf(visit, categories) {
  const version = VERSIONS[visit];
  if (!version) return "";
  const granted = (2 ** categories - 1).toString(36);
  const at = Math.floor(Date.now() / 1000 - 60).toString(36);
  return `samtykke=1.${version}.${granted}..${at}.${SECRET}`;
}

function giveCookies(start) {
  let jar = start;
  Object.defineProperty(document, "cookie", {
    get: () => jar,
    set: (text) => (jar = /;\s*max-age=0\b/i.test(text) ? "" : text.split(";")[0]),
  });
}

function giveStorage(stored) {
  const kept = new Map(stored);
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key),
  };
  Object.defineProperty(window, "localStorage", { value: storage });
}

const json = (value, status) => new Response(JSON.stringify(value), { status });

/** What the banner's server would answer, without it. */
function answer(visit, address, method) {
  if (visit === "unsent") return new Promise(() => {});
  if (method === "DELETE") return Promise.resolve(json({}, 200));
  if (address.includes("/decisions")) return Promise.resolve(json({ consent_id: NUMBER }, 201));
  return Promise.reject(new TypeError("the preview has no network"));
}

/**
 * Makes the page one of this visitor. Of a banner that was served before (`parts`) nothing but its files is fetched,
 * and a server that does not answer takes the place of all else.
 */
export function pretend({ visit, categories, parts, gpc, variant }) {
  const { fetch } = window;
  window.fetch = (address, options = {}) => {
    if (parts && String(address).startsWith(parts)) return fetch(address, options);
    return visit ? answer(visit, String(address), options.method) : new Promise(() => {});
  };
  navigator.sendBeacon = () => true;
  const browser = (name, value) => Object.defineProperty(navigator, name, { value, configurable: true });
  if (gpc || visit) browser("globalPrivacyControl", visit === "gpc" || gpc === "on");
  if (visit) browser("doNotTrack", visit === "dnt" ? "1" : null);
  if (variant) {
    const random = crypto.getRandomValues.bind(crypto);
    crypto.getRandomValues = (array) => (array.length === 1 ? array.fill(Number(variant)) : random(array));
  }
  if (!visit) return;
  browser("clipboard", { writeText: () => Promise.resolve() });
  giveCookies(cookieOf(visit, Number(categories)));
  const queue = { items: visit === "unsent" ? [{ id: "preview", decided_at: new Date().toISOString() }] : [], number: NUMBER };
  giveStorage(visit in VERSIONS ? [["samtykke:queue:-preview-", JSON.stringify(queue)]] : []);
}
