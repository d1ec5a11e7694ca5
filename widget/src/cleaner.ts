// Removes what a service has stored, once it is no longer allowed. Only what a page can see can be removed.
import type { ExtraChunk } from "./config.ts";
import type { Host, Part } from "./part.ts";

/** What services store, as their pairs of kind and name; a star stands for any characters. */
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

function clearCookies(expression: RegExp): void {
  for (const cookie of document.cookie.split("; ")) {
    const name = cookie.split("=")[0] as string;
    if (!name || OWN.test(name) || !expression.test(name)) continue;
    for (const domain of domains(location.hostname)) {
      for (const path of paths(location.pathname)) document.cookie = `${name}=;max-age=0;path=${path}${domain}`;
    }
  }
}

function clearStorage(storage: Storage, expression: RegExp): void {
  for (const key of Object.keys(storage)) if (!OWN.test(key) && expression.test(key)) storage.removeItem(key);
}

const CLEAR: Readonly<Record<string, (expression: RegExp) => void>> = {
  cookie: clearCookies,
  local_storage: (expression) => clearStorage(localStorage, expression),
  session_storage: (expression) => clearStorage(sessionStorage, expression),
};

export function createCleaner(traces: Traces, { _config: config, _session: session }: Host): Pick<Part, "_purge"> {
  const round = () => {
    const keys = Object.keys(traces);
    // A name that an allowed service shares with another one stays.
    const shared = keys
      .filter(session._allowed)
      .flatMap((key) => traces[key])
      .map(String);
    for (const key of keys) {
      if (session._allowed(key)) continue;
      for (const trace of traces[key] ?? []) {
        const [kind, name] = trace;
        try {
          if (!shared.includes(String(trace))) CLEAR[kind]?.(pattern(name));
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
