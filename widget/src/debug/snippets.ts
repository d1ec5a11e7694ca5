// Which inline script puts what into the page. Browsers do not say who inserted an element, so the texts are searched.

import { RUNNING, addresses, select } from "./elements.ts";

/** An inline script that has run. */
export interface Snippet {
  readonly _element: HTMLElement;
  readonly _text: string;
  readonly _inserts: boolean;
}

/** Whether a script's text makes elements. */
export const inserts = (text: string): boolean =>
  /createElement|innerHTML|insertAdjacentHTML|document\.write/.test(text);

/**
 * Whether a script's text names an address: its host, followed by the beginning of its path or by nothing. A snippet
 * usually puts the rest of the address together when it runs.
 */
export function names(text: string, address: string): boolean {
  const { host, pathname, search } = new URL(address);
  for (let at = text.indexOf(host); at >= 0; at = text.indexOf(host, at + 1)) {
    if (/[\w.-]/.test(text[at - 1] ?? "")) continue;
    const [rest = ""] = text.slice(at + host.length).match(/^[^\s"'`\\<>(),;$]*/) ?? [];
    if ((pathname + search).startsWith(rest)) return true;
  }
  return false;
}

/** The inline scripts of the page that have run. */
export const readSnippets = (): Snippet[] =>
  select("script:not([src])")
    .filter((element) => RUNNING.test((element as HTMLScriptElement).type))
    .map((element) => {
      const text = element.textContent ?? "";
      return { _element: element, _text: text, _inserts: inserts(text) };
    });

/** The inline script that has inserted an element, as far as the texts show. */
export function makerOf(snippets: readonly Snippet[], element: Element): HTMLElement | undefined {
  const [whole = ""] = addresses(element);
  if (!/^https?:/.test(whole)) return undefined;
  return snippets.find(({ _text: text, _inserts: inserts }) => inserts && names(text, whole))?._element;
}
