// What one element of the page says: its attributes as they were written, and whether it is held back.
import type { Attributes, State } from "./facts.ts";
import { having, loads, without } from "./markup.ts";

/** Elements that somebody has marked. */
export const MARKED = "[data-consent],[data-consent-service]";
/** Elements that load something from an address. */
export const LOADING = "script[src],iframe[src],img[src],link[href],video[src],audio[src],embed[src]";
/** Links that make the browser fetch something, or get ready to. */
export const FETCHING =
  /\b(stylesheet|icon|preload|prefetch|preconnect|dns-prefetch|modulepreload|manifest|apple-touch-icon)\b/;
/** Types of a script that runs. */
export const RUNNING = /^$|^module$|javascript|ecmascript/;

/** What an element has in the page's source: without its nonce, which is nobody's business, and our own style. */
export const attributesOf = (element: Element): Attributes =>
  [...element.attributes]
    .map(({ name, value }) => [name, name === "style" ? value.replace(/ ?visibility: hidden;/, "") : value] as const)
    .filter(([name, value]) => name !== "nonce" && (name !== "style" || value));

/** The attributes of a released element as they were before: nobody is to look for what stands in no file. */
export const asWritten = (tag: string, attributes: Attributes): Attributes =>
  tag === "script" ? having(attributes, "type", "text/plain") : without(attributes, loads(tag));

/** The address in an attribute, whole; "" where there is none. */
export function address(element: Element, name: string): string {
  const value = element.getAttribute(name);
  try {
    return value ? new URL(value, document.baseURI).href : "";
  } catch {
    return "";
  }
}

/** Scripts that another script inserts are asynchronous although no attribute says so. */
export const injected = (element: Element): boolean =>
  element instanceof HTMLScriptElement && element.async && !element.hasAttribute("async");

/** Whether a marked element waits, runs, or never waited. */
export function stateOf(element: Element, permitted: boolean): State {
  if (element instanceof HTMLScriptElement) {
    if (element.type === "text/plain") {
      if (!element.src && !element.text.trim()) return "empty";
      return permitted ? "waiting" : "blocked";
    }
    // What was released has exactly the type that it was promised, even when that is an empty one.
    return element.getAttribute("type") === (element.getAttribute("data-consent-type") ?? "") ? "loaded" : "loose";
  }
  const name = loads(element.localName);
  const kept = element.hasAttribute("data-consent-" + name) || element.hasAttribute("data-consent-src");
  if (element.hasAttribute(name)) return kept ? "loaded" : "loose";
  return kept ? (permitted ? "waiting" : "blocked") : "empty";
}
