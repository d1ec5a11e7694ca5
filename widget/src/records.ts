// What the server keeps about this browser: to see, and to erase.
import type { Host, Part } from "./part.ts";
import { storageKey } from "./queue.ts";

/** Rejects with the status when the server does not answer well. */
export function askAboutMe({ config, session, apply }: Host): Part["me"] {
  return async (path, method) => {
    const answer = await fetch(`${config.origin}/api/v1/sites/${config.site}/me${path}`, {
      method,
      credentials: "omit",
      headers: { Authorization: "Bearer " + session.decision()?.visitor },
    });
    if (!answer.ok) throw new Error("samtykke: " + answer.status);
    if (method === "GET") return answer.json() as Promise<unknown>;
    try {
      localStorage.removeItem(storageKey(config));
    } catch {
      // Nothing was stored either.
    }
    session.forget();
    return apply();
  };
}
