// What one element of the page says: its attributes as they were written, and whether it is held back.
import type { Attributes, State } from "./facts.ts";
import { hostOf } from "./hosts.ts";
import { candidates, having, loads, valueOf, without } from "./markup.ts";

/** Elements that load something from an address. */
export const LOADING = ["script", "iframe", "img", "link", "video", "audio", "embed", "source", "object"]
  .flatMap((tag) => loads(tag).map((name) => `${tag}[${name}]`))
  .join();
/** Links that make the browser fetch something, or get ready to; `dns-prefetch` and `apple-touch-icon` among them. */
export const FETCHING = /\b(stylesheet|icon|preload|prefetch|preconnect|modulepreload|manifest)\b/;
/** Types of a script that runs. */
export const RUNNING = /^$|^module$|(java|ecma)script/;

/** The elements of the page, or below a root, with those in open shadow roots; our own panel is none of the page's. */
export const select = (selector: string, root: ParentNode = document): HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>(selector),
  ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot, id }) =>
    shadowRoot && id !== "samtykke-debug" ? select(selector, shadowRoot) : [],
  ),
];

/** What an element has in the page's source: without its nonce, which is nobody's business, and our own style. */
export const attributesOf = (element: Element): Attributes =>
  [...element.attributes]
    .map(({ name, value }) => [name, name === "style" ? value.replace(/ ?visibility: hidden;/, "") : value] as const)
    .filter(([name, value]) => name !== "nonce" && (name !== "style" || value));

/** The attributes of an element whose addresses are held in others, for now or for good. */
const heldAttributes = (tag: string, has: (name: string) => boolean): string[] =>
  loads(tag).filter((name, index) => has("data-consent-" + name) || (!index && has("data-consent-src")));

/** The attributes of a released element as they were before: nobody is to look for what stands in no file. */
export const asWritten = (tag: string, attributes: Attributes): Attributes =>
  tag === "script"
    ? having(attributes, "type", "text/plain")
    : without(attributes, ...heldAttributes(tag, (name) => valueOf(attributes, name) !== undefined));

/** An address as the browser resolves it; "" for what is none. */
function resolved(value: string | null): string {
  try {
    return value ? new URL(value, document.baseURI).href : "";
  } catch {
    return "";
  }
}

/** The address in an attribute, whole; "" where there is none. */
export const address = (element: Element, name: string): string => resolved(element.getAttribute(name));

/** Every address that an element loads from, or would: each candidate of a `srcset`. */
export const addresses = (element: Element, prefix = ""): string[] =>
  loads(element.localName).flatMap((name) => {
    const value = element.getAttribute(prefix + name);
    return (name === "srcset" ? candidates(value ?? "").map(resolved) : [resolved(value)]).filter(Boolean);
  });

/** Scripts that another script inserts are asynchronous although no attribute says so. */
export const injected = (element: Element): boolean =>
  element instanceof HTMLScriptElement && element.async && !element.hasAttribute("async");

/** Whether an attribute makes the browser ask another host for something. */
function foreign(element: Element, name: string): boolean {
  const host = hostOf(address(element, name));
  return !!host && host !== location.host;
}

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
  const has = (name: string) => element.hasAttribute(name);
  const waits = heldAttributes(element.localName, has);
  const open = loads(element.localName).filter(has);
  // A video may have a poster of the page's own while its film waits.
  if (open.some((name) => !waits.includes(name) && (!waits.length || foreign(element, name)))) return "loose";
  // A box that a script fills has no address of its own.
  if (!waits.length && element.localName !== "div") return "empty";
  if (!permitted) return waits.length && waits.every(has) ? "loaded" : "blocked";
  return waits.every(has) ? "loaded" : "waiting";
}
