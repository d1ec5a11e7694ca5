// Removes what a service has stored, once it is no longer allowed. Only what a page can see can be removed.
import type { ExtraChunk } from "./config.ts";
import type { Host, Part } from "./part.ts";

/** What services store, as kind, name and host; a star stands for any characters. */
export type Traces = ExtraChunk["traces"];

/** Our own storage, which no declared pattern may reach. */
const OWN = /^samtykke($|:)/;

/** Some scripts write once more when they notice that their cookie has gone: milliseconds until the second round. */
const AGAIN = 1000;

/** A name with stars as an expression for the whole of a name. */
export const pattern = (name: string): RegExp =>
  new RegExp(`^${name.replace(/[^*\w]/g, "\\$&").replace(/\*/g, ".*")}$`);

/** All that a cookie of this page may have been given as its domain: nothing, the host, every parent of it. */
export function domains(host: string): string[] {
  const labels = host.split(".");
  return ["", ...labels.map((_, index) => ";domain=" + labels.slice(index).join("."))];
}

/** All paths of which this page sees the cookies: each folder with and without a slash at its end. */
export function paths(path: string): string[] {
  const found = ["/"];
  for (let end = 1; end;) {
    end = path.indexOf("/", end) + 1 || 0;
    const folder = end ? path.slice(0, end) : path;
    found.push(folder, folder.replace(/\/$/, "") || "/");
  }
  return [...new Set(found)];
}

/** Whether something of this name is to go. */
type Stale = (name: string) => boolean;

function clearCookies(stale: Stale): void {
  for (const cookie of document.cookie.split("; ")) {
    const name = cookie.split("=")[0] as string;
    if (!name || !stale(name)) continue;
    // Browsers take such a name from nobody who does not say so.
    const secure = /^__(Secure|Host)-/.test(name) ? ";secure" : "";
    for (const domain of domains(location.hostname)) {
      for (const path of paths(location.pathname)) document.cookie = `${name}=;max-age=0;path=${path}${domain}${secure}`;
    }
  }
}

function clearStorage(storage: Storage, stale: Stale): void {
  for (const key of Object.keys(storage)) if (stale(key)) storage.removeItem(key);
}

const CLEAR: Readonly<Record<string, (stale: Stale) => void>> = {
  cookie: clearCookies,
  local_storage: (stale) => clearStorage(localStorage, stale),
  session_storage: (stale) => clearStorage(sessionStorage, stale),
};

/** How exactly a name with stars names anything: by the characters that it gives. */
const exactness = (name: string) => name.replace(/\*/g, "").length;

export function createCleaner(traces: Traces, { _config: config, _session: session }: Host): Pick<Part, "_purge"> {
  const round = () => {
    const keys = Object.keys(traces);
    const kept = keys.filter(session._allowed).flatMap((key) => traces[key] ?? []);
    for (const key of keys) {
      if (session._allowed(key)) continue;
      for (const [kind, name] of traces[key] ?? []) {
        // What an allowed service names at least as exactly stays, unless it is said to be another host's.
        const spared = kept.filter(
          (each) =>
            each[0] === kind &&
            exactness(each[1]) >= exactness(name) &&
            ("." + location.hostname).endsWith(each[2]),
        );
        const others = [OWN, ...spared.map((each) => pattern(each[1]))];
        const wanted = pattern(name);
        try {
          CLEAR[kind]?.((each) => wanted.test(each) && !others.some((other) => other.test(each)));
        } catch {
          // A sandboxed page has no storage.
        }
      }
    }
  };
  return {
    _purge() {
      round();
      setTimeout(() => {
        round();
        // Not where the decision came from elsewhere: nobody expects another tab to lose what was typed in it.
        if (config.reload && session._view().source !== "stored") location.reload();
      }, AGAIN);
    },
  };
}
