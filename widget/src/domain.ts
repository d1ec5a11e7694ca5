// How wide the cookie may be, for sites that want one for all of their hosts.
import { NAME } from "./cookie_name.ts";

/**
 * The widest domain on which the browser accepts a cookie from this page, found by trying with one that is removed
 * at once; empty when there is none. The browser knows the public suffixes; "the last two labels" does not.
 */
export function widestDomain(): string {
  const labels = location.hostname.split(".");
  try {
    for (let rest = labels.length - 2; rest >= 0; rest--) {
      const domain = labels.slice(rest).join(".");
      const probe = `${NAME}-probe=1;path=/;domain=${domain}`;
      document.cookie = probe;
      const accepted = document.cookie.includes(NAME + "-probe");
      document.cookie = probe + ";max-age=0";
      if (accepted) return domain;
    }
  } catch {
    // A sandboxed page has no cookies.
  }
  return "";
}
