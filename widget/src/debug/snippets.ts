// Which inline script puts what into the page. Browsers do not tell who inserted an element, so its text has to.

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
