// Marks elements as a web developer would, where they load from a service that is not allowed.
import { MARKED } from "../marked.ts";
import type { Session } from "../session.ts";
import { ADDRESSES, LOADING, listed } from "./addresses.ts";
import { owners } from "./hosts.ts";
import type { Owner } from "../config.ts";

const PREFIX = "data-consent-";
/** Scripts of other types are data: nothing is loaded for them. */
const RUNS = /^$|^module$|(java|ecma)script/;

/** An attribute with an address, and the services that have to be allowed before it may be asked. */
type Address = readonly [name: string, value: string, keys: readonly string[]];

export interface Hold {
  /** Stands before each setting of an attribute; `proceed` does what the page wanted. */
  _guard(element: Element, name: string, value: unknown, proceed: () => unknown): unknown;
  /** Marks what is in a tree; scripts only when they are `fresh`, that is, have not run. */
  _look(root: ParentNode, fresh: boolean): void;
}

/** @param origin The consent server's. */
export function createHold(
  services: readonly Owner[],
  origin: string,
  { _permits: permits, _allowed: allowed }: Pick<Session, "_permits" | "_allowed">,
): Hold {
  const { setAttribute } = Element.prototype;
  /** Elements that we marked, not the page. */
  const ours = new WeakSet<Element>();

  const isScript = ({ localName }: Element) => localName === "script";
  const typeOf = (element: Element) => (element as HTMLScriptElement).type;
  const namesOf = ({ localName }: Element) => ADDRESSES[localName] ?? [];

  /** The addresses of an element that may not be asked; `name` is about to get `value`. */
  const missing = (element: Element, name?: string, value?: unknown): Address[] =>
    namesOf(element).flatMap((each) => {
      const address =
        each === name ? String(value) : (element.getAttribute(PREFIX + each) ?? element.getAttribute(each) ?? "");
      const keys = listed(each, address).flatMap((one) =>
        owners(services, one, document.baseURI, location.href, origin),
      );
      return keys.every(allowed) ? [] : [[each, address, keys] as const];
    });

  const mark = (element: Element, held: readonly Address[]) => {
    ours.add(element);
    const keys = [...new Set(held.flatMap(([, , keys]) => keys))];
    setAttribute.call(element, keys[1] ? "data-consent" : "data-consent-service", keys.join(" "));
    // A script keeps its address: its type alone holds it back.
    if (isScript(element)) {
      setAttribute.call(element, PREFIX + "type", typeOf(element));
      setAttribute.call(element, "type", "text/plain");
      return;
    }
    for (const [name, value] of held) {
      setAttribute.call(element, PREFIX + name, value);
      element.removeAttribute(name);
    }
  };

  /** Takes our marks off again, and gives back the addresses under other names than these. */
  const unmark = (element: Element, names: readonly string[]) => {
    if (!ours.delete(element)) return;
    for (const name of ["type", ...namesOf(element)]) {
      const value = element.getAttribute(PREFIX + name);
      element.removeAttribute(PREFIX + name);
      if (value !== null && !names.includes(name)) setAttribute.call(element, name, value);
    }
    element.removeAttribute("data-consent");
    element.removeAttribute("data-consent-service");
  };

  return {
    _guard(element, name, value, proceed) {
      const names = namesOf(element);
      const mine = ours.has(element);
      const script = isScript(element);
      if (!names[0] || permits(element) || (!mine && element.matches(MARKED))) return proceed();
      // A script that is held back stays so when the page names its type afterwards.
      if (script && mine && name === "type") return setAttribute.call(element, PREFIX + name, String(value));
      if (!names.includes(name) || (script && !mine && !RUNS.test(typeOf(element)))) return proceed();
      const held = missing(element, name, value);
      const heldNames = held.map(([each]) => each);
      unmark(element, [name, ...heldNames]);
      if (heldNames[0]) mark(element, held);
      return script || !heldNames.includes(name) ? proceed() : null;
    },

    _look(root, fresh) {
      for (const element of [root as Element, ...root.querySelectorAll(LOADING)]) {
        if (!element.matches?.(LOADING) || element.matches(MARKED)) continue;
        const script = isScript(element);
        if (script && !(fresh && RUNS.test(typeOf(element)))) continue;
        const held = missing(element);
        if (!held[0]) continue;
        mark(element, held);
        if (script || !element.isConnected) continue;
        // Chromium uses a style sheet that is under way, unless the link is given another one.
        if (element.localName === "link") setAttribute.call(element, "href", "data:text/css,");
        element.removeAttribute("href");
        // Taken out and put back, so that what has begun to load ends.
        const { parentNode, nextSibling } = element;
        element.remove();
        parentNode?.insertBefore(element, nextSibling);
      }
    },
  };
}
