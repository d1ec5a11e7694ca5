// Stands in front of what the browser itself offers, on this page.

/** What is called instead; `proceed` does what the page wanted, and its answer is the page's. */
type Instead<Self, Given extends unknown[]> = (self: Self, given: Given, proceed: () => unknown) => unknown;

/** Replaces methods, and the setting of properties; of the named ones those that a class itself has. */
export function replace<Self, Given extends unknown[]>(
  { prototype }: { readonly prototype: object },
  names: readonly string[],
  instead: Instead<Self, Given>,
): void {
  for (const name of names) {
    const native = Object.getOwnPropertyDescriptor(prototype, name);
    const part = native?.set ? "set" : "value";
    const method = native?.[part] as ((...given: Given) => unknown) | undefined;
    if (!method) continue;
    Object.defineProperty(prototype, name, {
      ...native,
      [part](this: Self, ...given: Given) {
        return instead(this, given, () => method.apply(this, given));
      },
    });
  }
}
