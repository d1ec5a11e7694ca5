// What lies in the browser's storage, and when it was first seen there.
import type { Stored } from "./facts.ts";

export interface Inventory {
  _look(): Stored[];
  /** Asks for the names of databases, which do not come at once. */
  _listDatabases(): Promise<void>;
}

/** @param fresh Whether what lies there at the first look was there from the start: the visitor has not chosen meanwhile. */
export function createInventory(fresh: boolean): Inventory {
  const stored = new Map<string, Stored>();
  let databases: readonly string[] = [];
  const update = (kind: Stored["_kind"], list: () => readonly string[]) => {
    try {
      const names = list();
      for (const name of names) {
        const key = kind + " " + name;
        if (name)
          stored.set(key, stored.get(key) ?? { _kind: kind, _name: name, _seen: fresh ? 0 : performance.now() });
      }
      for (const [key, each] of stored) if (each._kind === kind && !names.includes(each._name)) stored.delete(key);
    } catch {
      // A sandboxed page has no storage.
    }
  };
  return {
    _look() {
      update("cookie", () => document.cookie.split("; ").map((each) => each.split("=")[0] as string));
      update("local_storage", () => Object.keys(localStorage));
      update("session_storage", () => Object.keys(sessionStorage));
      update("indexed_db", () => databases);
      fresh = false;
      return [...stored.values()];
    },
    async _listDatabases() {
      try {
        databases = (await indexedDB.databases()).map(({ name }) => name ?? "");
      } catch {
        // Not every browser lists them, and a sandboxed page has none.
      }
    },
  };
}
