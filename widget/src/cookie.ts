// The one cookie: `1.<version>.<granted>.<services>.<seconds>.<visitor>`, numbers in base 36, ≤ 64 bytes in all.
// It begins with 2 as long as the decision may still wait to be sent.
import { config } from "./context.ts";
import { DAY, type Consent, type Decision } from "./consent.ts";

import { NAME } from "./cookie_name.ts";
/** Longest value, so that name, "=" and value are at most 64 bytes. */
const LONGEST = 55;

const write = ({
  version,
  _granted: granted,
  _allowed: allowed,
  _refused: refused,
  _at: at,
  visitor,
  _wait: wait,
}: Decision): string => {
  const digits = (value: number, sign = "") => (value || !sign ? sign + value.toString(36) : "");
  const services = digits(allowed, "+") + digits(refused, "-");
  return `${wait ? 2 : 1}.${digits(version)}.${digits(granted)}.${services}.${digits(at)}.${visitor}`;
};

/** The cookie's value. Single services that do not fit are given up: grants, never refusals. */
export const encode = (decision: Decision): string => {
  const value = write(decision);
  return value[LONGEST] ? write({ ...decision, _allowed: 0 }) : value;
};

/** The decision in a cookie's value; anything odd, also a time to come, is no decision at all. */
export const decode = (value: string, now: number): Consent => {
  const [, version, granted, services = "", at, visitor = ""] = value.split(".");
  const number = (digits = "") => parseInt(digits, 36) || 0;
  const [allowed, refused] = services.split("-");
  const decision = {
    version: number(version),
    _granted: number(granted),
    _allowed: number(allowed),
    _refused: number(refused),
    _at: number(at),
    visitor,
    _wait: value > "2",
  };
  // Only what we would write ourselves is believed. A day of grace, for a clock that was set back.
  const own =
    write(decision) === value && /^[\w-]{22}$/.test(visitor) && decision.version > 0 && decision._granted >= 0;
  return own && decision._at < now + DAY ? decision : undefined;
};

/** The newest decision among all cookies of our name: a page may see one per domain level. */
export const newest = (cookies: string, now: number): Consent => {
  const found = cookies.split("; ").flatMap((cookie) => {
    const [name, value = ""] = cookie.split("=");
    return (name === NAME && decode(value, now)) || [];
  });
  return found.sort((one, other) => other._at - one._at)[0];
};

/** The decision in this page's cookies; undefined where a sandbox forbids to look. */
export const readCookie = (now: number): Consent => {
  try {
    return newest(((config.draft ?? document) as Document).cookie, now);
  } catch {
    return undefined;
  }
};

/** Stores a value for so many seconds, on a domain or else on this host; a page without cookies is no error. */
export const writeCookie = (value: string, seconds: number, domain = ""): void => {
  const put = (text: string, age: number, where: string) => {
    const secure = /^https/.test(document.URL) ? ";secure" : "";
    ((config.draft ?? document) as Document).cookie = `${NAME}=${text};path=/;max-age=${age};samesite=lax${secure}${where}`;
  };
  try {
    // A twin for this host alone would outlive the wide one and contradict it.
    if (domain) put("", 0, "");
    put(value, seconds, domain && ";domain=" + domain);
  } catch {
    // A sandboxed page has no cookies.
  }
};
