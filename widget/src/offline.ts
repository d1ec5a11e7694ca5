// What a banner fetches, found in the page that shows it: for when its server is not there.

/** Files by path, as text. */
export type Files = Readonly<Record<string, string>>;

/** A `fetch` that answers from these files, and fetches everything else; `base` is the page's address. */
export const fetchFrom =
  (files: Files, ask: typeof fetch, base: string): typeof fetch =>
  (address, options) => {
    const file = files[new URL(String(address), base).pathname];
    return file === undefined ? ask(address, options) : Promise.resolve(new Response(file));
  };
