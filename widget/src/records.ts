// What the server has stored about this browser: to see, and to erase.
import type { Host, Part } from "./part.ts";
import { seenKey } from "./announcing.ts";
import { storageKey } from "./queue.ts";

interface Page {
  readonly records: readonly unknown[];
  /** Where the next page begins, when there is one. */
  readonly before?: string | null;
}

/** Asking rejects with the status when the server does not answer well. */
export function createRecords({
  _config: config,
  _session: session,
  _apply: apply,
  _h: h,
}: Host): Pick<Part, "_me" | "_download" | "_forget"> {
  const ask = async (path: string, method: string) => {
    const answer = await fetch(`${config.origin}/api/v1/sites/${config.site}/me${path}`, {
      method,
      credentials: "omit",
      headers: { Authorization: "Bearer " + session._decision()?.visitor },
    });
    if (!answer.ok) throw new Error("samtykke: " + answer.status);
    return answer;
  };
  const forget = () => {
    try {
      for (const key of [storageKey, seenKey]) localStorage.removeItem(key(config.site));
    } catch {
      // Nothing was stored either.
    }
    session._forget();
    apply();
  };
  const me: Part["_me"] = async (path, method) => {
    if (method === "GET") {
      const first = (await (await ask(path, method)).json()) as Page;
      const records = [...(first.records ?? [])];
      for (let { before } = first; before;) {
        const next = (await (await ask("?before=" + encodeURIComponent(before), method)).json()) as Page;
        records.push(...next.records);
        ({ before } = next);
      }
      return path ? first : { ...first, records, before: null };
    }
    await ask(path, method);
    return forget();
  };
  /** What the server has stored, each record with its receipt, as one file. */
  const download = async () => {
    const { records } = (await me("", "GET")) as { readonly records: readonly { readonly consent_id: string }[] };
    const receipts: unknown[] = [];
    for (const { consent_id } of records) {
      try {
        receipts.push(await me("/receipts/" + consent_id, "GET"));
      } catch {
        // One that still waits for its place in the log has no proof yet.
      }
    }
    const content = JSON.stringify({ site: config.site, records, receipts }, null, 2);
    const href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    // Small, and gone with the page.
    h("a", { href, download: `samtykke-${config.site}.json` }).click();
  };
  return { _me: me, _download: download, _forget: forget };
}
