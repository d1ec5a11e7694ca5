// What a banner fetches, found in the page that shows it: for when its server is not there.

/** Files by path, as text. */
export type Files = Readonly<Record<string, string>>;

/** What the page that shows a banner is given. */
export interface Shown {
  /** What the banner may fetch. */
  readonly files: Files;
  /** Which of two variants to show; absent where there is one. */
  readonly variant?: number;
}

/**
 * A `getRandomValues` that gives this number wherever a single byte is asked for, as only the choice of a variant does
 * (`choosing.ts`), and is the browser's otherwise.
 */
export const choosing =
  (variant: number, random: Crypto["getRandomValues"]): Crypto["getRandomValues"] =>
  (array) =>
    array instanceof Uint8Array && array.length === 1 ? array.fill(variant) : random(array);

/** A `fetch` that answers from these files, and fetches everything else; `base` is the page's address. */
export const fetchFrom =
  (files: Files, ask: typeof fetch, base: string): typeof fetch =>
  (address, options) => {
    const file = files[new URL(String(address), base).pathname];
    return file === undefined ? ask(address, options) : Promise.resolve(new Response(file));
  };
