// Keeps marked elements from loading until they may, and releases scripts one per task in document order.

/** Longest wait for a script before those after it, in milliseconds. */
const PATIENCE = 60_000;

const SELECTOR = "[data-consent],[data-consent-service]";

/** Looks at an element and everything in it. */
export type Scan = (root: ParentNode) => void;

/** Whether the parser has gone past an element, so that the text of an inline script is whole. */
const parsed = (element: Element): boolean => {
  let node: Node | null = element;
  while (node && !node.nextSibling) node = node.parentNode;
  return !!node || document.readyState !== "loading";
};

/** Takes an element out, changes it and puts it back: the browser then treats it as new. */
const renew = (element: Element, change: () => void): void => {
  const { parentNode, nextSibling } = element;
  element.remove();
  change();
  parentNode?.insertBefore(element, nextSibling);
};

/**
 * @param permits Whether an element may load now.
 * @param blocked Called with each frame and box that may not.
 */
export function createGate(permits: (element: Element) => boolean, blocked: (frame: HTMLElement) => void): Scan {
  /** Scripts that are released or in line, and elements that were warned about. */
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
      script.type = script.getAttribute("data-consent-type") ?? "";
    });
  }

  function visit(element: Element) {
    if (seen.has(element)) return;
    const tag = element.localName;
    const attribute = tag === "link" ? "href" : "src";
    // A link may keep its address as everything else does.
    const address = element.getAttribute("data-consent-" + attribute) ?? element.getAttribute("data-consent-src");
    const loaded = element.hasAttribute(attribute);
    const script = tag === "script";
    if (script ? (element as HTMLScriptElement).type !== "text/plain" : loaded && address === null) {
      seen.add(element);
      console.warn("samtykke: needs type=text/plain or data-consent-" + attribute, element);
    } else if (permits(element)) {
      if (script) {
        seen.add(element);
        line.push(element as HTMLScriptElement);
      } else if (address !== null && !loaded) {
        // Chromium drops the navigation of a frame that the parser has just made, unless it is inserted anew.
        renew(element, () => {
          // A frame may have shown a plain link of its own until now.
          element.removeAttribute("srcdoc");
          element.setAttribute(attribute, address);
        });
      }
    } else {
      if (loaded && /iframe|embed|video|audio/.test(tag)) renew(element, () => element.removeAttribute(attribute));
      // A box that a script fills has no address of its own.
      if (/iframe|div/.test(tag)) blocked(element as HTMLElement);
    }
  }

  return (root) => {
    for (const element of [root as Element, ...root.querySelectorAll(SELECTOR)]) {
      try {
        if (element.matches?.(SELECTOR)) visit(element);
      } catch (error) {
        // A policy of the page may forbid one address; the others are not to suffer.
        console.warn(error);
      }
    }
    proceed();
  };
}
