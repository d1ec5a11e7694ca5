// The one cookie: `1.<version>.<granted>.<services>.<seconds>.<visitor>`, numbers in base 36, ≤ 64 bytes in all.
import { DAY, UNDECIDED, type Consent, type Decision, type Rules } from "./consent.ts";

const NAME = "samtykke";
const FORM = /^1\.(\w+)\.(\w+)\.(?:\+(\w+))?(?:-(\w+))?\.(\w+)\.([\w-]{22})$/;
const MOST_BYTES = 64;

const text = (decision: Decision): string => {
  const digits = (value: number) => value.toString(36);
  const part = (sign: string, mask: number) => (mask ? sign + digits(mask) : "");
  const { version, granted, allowed, refused, at, visitor } = decision;
  const services = part("+", allowed) + part("-", refused);
  return `1.${digits(version)}.${digits(granted)}.${services}.${digits(at)}.${visitor}`;
};

/** The cookie's value. Single services that do not fit are given up, grants before refusals. */
export function encode(decision: Decision): string {
  const fits = (value: string) => NAME.length + 1 + value.length <= MOST_BYTES;
  const whole = text(decision);
  return fits(whole) ? whole : text({ ...decision, allowed: 0 });
}

/** The decision in a cookie's value; anything odd, also a time to come, is no decision at all. */
export function decode(value: string, now: number): Consent {
  const found = FORM.exec(value);
  if (!found) return UNDECIDED;
  const [version, granted, allowed, refused, at] = found.slice(1, 6).map((digits) => parseInt(digits ?? "0", 36)) as [
    number, number, number, number, number,
  ];
  const decision: Decision = { version, granted, allowed, refused, at, visitor: found[6] as string };
  // Only what we would write ourselves is believed. A day of grace for a clock that was set back.
  return text(decision) === value && version > 0 && at <= now + DAY ? { kind: "decided", ...decision } : UNDECIDED;
}

/** The newest decision among all cookies of our name: a page may see one per domain level. */
export function newest(cookies: string, now: number): Consent {
  let best: Consent = UNDECIDED;
  for (const cookie of cookies.split("; ")) {
    if (!cookie.startsWith(NAME + "=")) continue;
    const consent = decode(cookie.slice(NAME.length + 1), now);
    if (consent.kind === "decided" && (best.kind === "undecided" || consent.at > best.at)) best = consent;
  }
  return best;
}

/** Where a browser keeps cookies; a part of `document`, so that rules can be tested without one. */
export interface CookieHolder {
  cookie: string;
}

export interface Place {
  readonly holder: CookieHolder;
  readonly hostname: string;
  readonly secure: boolean;
}

/**
 * `;domain=…` of the widest domain on which the browser accepts a cookie from this page, found by trying with
 * one that is removed at once. The browser knows the public suffixes; "the last two labels" does not.
 */
export function widestDomain({ holder, hostname }: Place): string {
  const labels = hostname.split(".");
  for (let count = 2; count <= labels.length; count++) {
    const domain = ";path=/;domain=" + labels.slice(-count).join(".");
    holder.cookie = `${NAME}-probe=1${domain}`;
    const accepted = holder.cookie.includes(NAME + "-probe=1");
    holder.cookie = `${NAME}-probe=;max-age=0${domain}`;
    if (accepted) return domain.slice(7);
  }
  return "";
}

export interface Jar {
  read(now: number): Consent;
  write(decision: Decision, now: number): void;
  clear(): void;
}

/** Keeps the decision in the browser's cookies; where these are refused, it lives as long as the page. */
export function createJar(place: Place, rules: Rules, wide: boolean): Jar {
  /** What the browser would not keep. */
  let unkept: Consent = UNDECIDED;
  const set = (value: string, seconds: number) => {
    try {
      const attributes = `;path=/;max-age=${seconds};samesite=lax${place.secure ? ";secure" : ""}`;
      const domain = wide ? widestDomain(place) : "";
      // A twin for this host alone would outlive the wide one and contradict it.
      if (domain) place.holder.cookie = `${NAME}=;path=/;max-age=0`;
      place.holder.cookie = `${NAME}=${value}${attributes}${domain}`;
    } catch {
      // A sandboxed page has no cookies.
    }
  };
  const read = (now: number): Consent => {
    try {
      const stored = newest(place.holder.cookie, now);
      return stored.kind === "decided" ? stored : unkept;
    } catch {
      return unkept;
    }
  };
  return {
    read,
    write(decision, now) {
      unkept = UNDECIDED;
      set(encode(decision), decision.at + Math.max(rules.validity, rules.refusal) * DAY - now);
      const stored = read(now);
      if (stored.kind === "undecided" || stored.at < decision.at) unkept = { kind: "decided", ...decision };
    },
    clear() {
      unkept = UNDECIDED;
      set("", 0);
    },
  };
}
