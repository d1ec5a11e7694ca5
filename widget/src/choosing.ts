// Which variant of a banner a page shows, where two are compared: each page load asks chance, and nothing is stored.

/** One of the variants by a random byte; two of them are chosen equally often. */
export const chosen = <Variant>(variants: readonly Variant[], byte: number): Variant =>
  variants[byte % variants.length] as Variant;

/** A random byte: cryptographic, since pages replace `Math.random` more often. */
export const randomByte = (source: Pick<Crypto, "getRandomValues">): number =>
  source.getRandomValues(new Uint8Array(1))[0] as number;
