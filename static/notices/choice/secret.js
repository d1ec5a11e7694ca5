// The secret by which this browser's decisions are found. It comes in the fragment of the address, which is never part
// of a request, and is kept in memory alone: in no storage, no address, and not in the page.

/** 128 bits in base64url, as in the browser's cookie. */
const FRAGMENT = /^#([A-Za-z0-9_-]{22})$/;

/**
 * The secret in the address, which is then taken out of the address bar and of this entry of the history.
 * @returns {string} empty if there is none
 */
export function takeSecret() {
  const found = FRAGMENT.exec(location.hash);
  if (!found) return "";
  history.replaceState(null, "", location.pathname + location.search);
  return found[1];
}

/**
 * Follow a link to this page in another language without losing the secret, which again goes in the fragment alone.
 * @param {string} href
 * @param {string} secret
 * @param {string} back a page of the site, to which that page shall lead back
 */
export function takeAlong(href, secret, back) {
  const url = new URL(href);
  url.searchParams.set("from", new URL(back).origin);
  url.hash = secret;
  location.assign(url);
}
