// Holds marked elements back until they may, and releases scripts one per task in document order.
import { MARKED } from "./marked.ts";
import type { Session } from "./session.ts";

/** Longest wait for a script before those after it, in milliseconds. */
const PATIENCE = 60_000;

/** What browsers load from; each waits in the attribute of that name with `data-consent-` in front. */
const ADDRESSES = ["src", "href", "srcset", "poster", "data"];
/** Where an element that has no `src` keeps what `data-consent-src` says. */
const OWN: Readonly<Record<string, string>> = { link: "href", object: "data" };

/** Looks at an element and everything in it. */
export type Scan = (root: ParentNode) => void;

/** Whether the parser has gone past an element, so that the text of an inline script is whole. */
function parsed(element: Element): boolean {
  return (
    document.readyState !== "loading" ||
    [...(element.getRootNode() as Document).querySelectorAll("*")].pop() !== element
  );
}

/** Removes an element, changes it and inserts it again: the browser then treats it as new. */
function renew(element: Element, change: () => void): void {
  const place = new Text();
  element.replaceWith(place);
  change();
  place.replaceWith(element);
}

/** @param blocked Called with each frame and box that may not load. */
export function createGate(
  { _permits: permits, _unknown: unknown }: Pick<Session, "_permits" | "_unknown">,
  blocked: (frame: HTMLElement) => void,
): Scan {
  /** Scripts that are released or in line, and elements that are left as they are. */
  const seen = new WeakSet<Element>();
  const line: HTMLScriptElement[] = [];
  /** The last released script that an inline one must wait for: the browser runs those before it earlier. */
  let last: unknown;
  let scheduled: unknown;

  const proceed = () => {
    if (line.length) scheduled ||= setTimeout(next);
  };

  function next() {
    scheduled = 0;
    const script = line[0] as HTMLScriptElement;
    // Called again when a script has loaded or failed, and when the parser has gone on.
    if (!script.src && (last || !parsed(script))) return;
    line.shift();
    if (!permits(script)) seen.delete(script);
    else if (script.isConnected) release(script);
    proceed();
  }

  function release(script: HTMLScriptElement) {
    const done = () => {
      last = last !== script && last;
      proceed();
    };
    if (script.src && !script.hasAttribute("async")) {
      script.async = false;
      last = script;
      script.addEventListener("load", done);
      script.addEventListener("error", done);
      // One from markup that was set as `innerHTML` neither loads nor fails.
      setTimeout(done, PATIENCE);
    }
    // The same node, not a copy: it keeps its nonce and its trusted text under a strict policy.
    renew(script, () => {
      script.type = script.dataset.consentType ?? "";
    });
  }

  function visit(element: Element) {
    const tag = element.localName;
    const script = tag === "script";
    const known = seen.has(element);
    if (script && known) return;
    const permitted = permits(element);
    /** Whether it has loaded already when anybody could stop it. */
    let alreadyLoaded = script && (element as HTMLScriptElement).type !== "text/plain";
    let addresses = 0;
    for (const name of ADDRESSES) {
      const address = element.getAttribute("data-consent-" + name);
      const target = (name === "src" && OWN[tag]) || name;
      const loaded = element.hasAttribute(target);
      if (address === null) alreadyLoaded ||= loaded && !addresses && !script;
      // What the page itself has made of an address that was released stays as it is.
      else if ((addresses++, loaded !== permitted)) {
        // Chromium drops the navigation of a frame that the parser has just made, unless it is inserted again.
        renew(element, () => {
          // A frame may have shown a plain link of its own until now.
          element.removeAttribute(permitted ? "srcdoc" : target);
          if (permitted) element.setAttribute(target, address);
        });
        // A player goes on with what it has until `load` is called.
        element.closest<HTMLMediaElement>("video,audio")?.load();
      }
    }
    const fault = alreadyLoaded ? "samtykke: no text/plain or data-consent-src" : !permitted && unknown(element);
    if (fault && !known) {
      seen.add(element);
      console.warn(fault, element);
    }
    if (alreadyLoaded) return;
    // A box that a script fills has no address of its own.
    if (!permitted) /iframe|div/.test(tag) && blocked(element as HTMLElement);
    else if (script) {
      seen.add(element);
      line.push(element as HTMLScriptElement);
    }
  }

  return (root) => {
    for (const element of [root as Element, ...root.querySelectorAll(MARKED)]) {
      try {
        if (element.matches?.(MARKED)) visit(element);
      } catch (error) {
        // A policy of the page may forbid one address; the others are not to suffer.
        console.warn(error);
      }
    }
    proceed();
  };
}
