// What a banner fetches, found in the page that shows it: for when its server is not there.

/** Files by path, as text. */
export type Kept = Readonly<Record<string, string>>;

/** A `fetch` that answers from what was kept, and asks for everything else; `base` is the page's address. */
export const fetchFrom =
  (kept: Kept, ask: typeof fetch, base: string): typeof fetch =>
  (address, options) => {
    const file = kept[new URL(String(address), base).pathname];
    return file === undefined ? ask(address, options) : Promise.resolve(new Response(file));
  };
