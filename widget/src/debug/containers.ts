// Finds the containers of Tag Manager on a page, and reads their public scripts: from the browser's cache, as a rule.
import { readContainer, type Tag } from "./container.ts";
import { RUNNING, address } from "./elements.ts";
import type { PageContainer } from "./facts.ts";

export interface Containers {
  /** @param waits Whether a script is marked, or was inserted by a marked one. */
  _look(scripts: readonly HTMLElement[], waits: (script: Element) => boolean): PageContainer[];
  /** Whether a request for this address by `fetch` is the panel's own. */
  _asked(address: string): boolean;
}

/** @param changed Called when a script has been read, or cannot be. */
export function createContainers(changed: () => void): Containers {
  /** The tags under the address of their script; undefined while it is read, null when it cannot be. */
  const read = new Map<string, readonly Tag[] | null | undefined>();
  const ask = async (source: string) => {
    read.set(source, undefined);
    try {
      // Google sends `Access-Control-Allow-Origin: *`; the page's own policy may still forbid it.
      const answer = await fetch(source, { credentials: "omit", cache: "force-cache" });
      read.set(source, readContainer(await answer.text()));
    } catch {
      read.set(source, null);
    }
    changed();
  };
  return {
    _look(scripts, waits) {
      const found = new Map<string, PageContainer>();
      for (const script of scripts as readonly HTMLScriptElement[]) {
        const source = address(script, "src");
        const [, id] = /[?&]id=(GTM-\w+)/.exec(source) ?? [];
        if (!id) continue;
        const runs = RUNNING.test(script.type);
        if (runs && !read.has(source)) void ask(source);
        const tags = read.get(source);
        const state = !runs ? "held" : tags === null ? "unread" : "read";
        found.set(id, { _id: id, _tags: tags ?? [], _state: state, _waits: waits(script) });
      }
      // One that came from another address, as a server of the site's own may send it.
      const { google_tag_manager: running } = window as { google_tag_manager?: object };
      for (const id of Object.keys(running ?? {})) {
        if (/^GTM-/.test(id) && !found.has(id)) found.set(id, { _id: id, _tags: [], _state: "unread", _waits: false });
      }
      return [...found.values()];
    },
    _asked: (source) => read.has(source),
  };
}
