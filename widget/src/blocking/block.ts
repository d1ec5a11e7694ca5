// Holds back what nobody marked: elements that load from the declared hosts of a service that is not allowed.
// It marks them as a web developer would; the gate, placeholders and withdrawal then treat them like any other.
import type { Page } from "../fragment.ts";
import { owners } from "./hosts.ts";

const MARKED = "[data-consent],[data-consent-service]";
/** What is looked at once it is on the page. Of links only those that contact somebody. */
const LOADING =
  "script[src],iframe[src],img[src],embed[src],video[src],audio[src]," +
  ["stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"]
    .map((rel) => `link[rel~="${rel}"][href]`)
    .join();
/** Scripts of other types are data: nothing is loaded for them. */
const RUNS = /^$|^module$|javascript|ecmascript/;

export function block({ config, session, on }: Page): void {
  const services = config.blocking;
  if (!services) return;
  const { permits, allowed } = session;
  const { setAttribute } = Element.prototype;
  /** Elements that we marked, not the page. */
  const ours = new WeakSet<Element>();

  const source = (element: Element) => (element.localName === "link" ? "href" : "src");
  /** Keys of the services of which one at least is not allowed; none when the element may load. */
  const missing = (address: unknown) => {
    const keys = owners(services, String(address), document.baseURI, location.href, config.origin);
    return keys.every(allowed) ? [] : keys;
  };
  const mark = (element: Element, keys: string[]) => {
    ours.add(element);
    const [key, ...others] = keys as [string];
    if (others.length) setAttribute.call(element, "data-consent", keys.join(" "));
    else setAttribute.call(element, "data-consent-service", key);
    if (!(element instanceof HTMLScriptElement)) return;
    const { type } = element;
    if (type) setAttribute.call(element, "data-consent-type", type);
    setAttribute.call(element, "type", "text/plain");
  };
  /** Takes our marks off again: the page gives the element another address. */
  const unmark = (element: Element) => {
    if (!ours.delete(element)) return;
    const type = element.getAttribute("data-consent-type");
    for (const name of ["", "-service", "-src", "-href", "-type"]) element.removeAttribute("data-consent" + name);
    if (element.localName !== "script") return;
    if (type) setAttribute.call(element, "type", type);
    else element.removeAttribute("type");
  };

  /** Stands before each setting of an attribute; `proceed` does what the page wanted. */
  const guard = (element: Element, name: string, value: unknown, proceed: () => void) => {
    if (permits(element) || (element.matches(MARKED) && !ours.has(element))) return proceed();
    const script = element instanceof HTMLScriptElement;
    // A script that is held back stays so when the page names its type afterwards.
    if (script && name === "type" && ours.has(element)) {
      return setAttribute.call(element, "data-consent-type", String(value));
    }
    if (name !== source(element) || (script && !RUNS.test(element.type) && !ours.has(element))) return proceed();
    unmark(element);
    const keys = missing(value);
    if (!keys.length) return proceed();
    mark(element, keys);
    // A script keeps its address: its type alone holds it back.
    if (script) proceed();
    else setAttribute.call(element, "data-consent-" + name, String(value));
  };

  const targets: readonly (readonly [{ readonly prototype: Element }, ...string[]])[] = [
    [HTMLScriptElement, "src", "type"],
    [HTMLIFrameElement, "src"],
    [HTMLImageElement, "src"],
    [HTMLEmbedElement, "src"],
    [HTMLMediaElement, "src"],
    [HTMLLinkElement, "href"],
  ];
  for (const [{ prototype }, ...names] of targets) {
    for (const name of names) {
      const native = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
      Object.defineProperty(prototype, name, {
        ...native,
        set(this: Element, value: unknown) {
          guard(this, name, value, () => native.set?.call(this, value));
        },
      });
    }
  }
  const known = /^(script|iframe|img|embed|video|audio|link)$/;
  Element.prototype.setAttribute = function (name, value) {
    const proceed = () => setAttribute.call(this, name, value);
    if (known.test(this.localName)) guard(this, String(name).toLowerCase(), value, proceed);
    else proceed();
  };

  /** Marks what is on the page; scripts only before they have run. */
  const look = (root: Element | Document, fresh: boolean) => {
    for (const element of [root as Element, ...root.querySelectorAll(LOADING)]) {
      if (!element.matches?.(LOADING) || element.matches(MARKED)) continue;
      const script = element instanceof HTMLScriptElement;
      if (script && !(fresh && RUNS.test(element.type))) continue;
      const name = source(element);
      const address = element.getAttribute(name) as string;
      const keys = missing(address);
      if (!keys.length) continue;
      mark(element, keys);
      if (script) continue;
      setAttribute.call(element, "data-consent-" + name, address);
      // Taken out and put back without its address, so that what has begun to load ends.
      const { parentNode, nextSibling } = element;
      element.remove();
      element.removeAttribute(name);
      parentNode?.insertBefore(element, nextSibling);
    }
  };
  look(document, false);
  // Ours sees each change before the gate's does, since it is older.
  new MutationObserver((changes) => {
    // Once the parser is done, a new script that did not come past the guard has run already.
    const fresh = document.readyState === "loading";
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof Element) look(node, fresh);
    }
  }).observe(document, { childList: true, subtree: true });
  on("change", () => look(document, false));
}
