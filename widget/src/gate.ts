// Keeps marked elements from loading until they may, and releases scripts one per task in document order.

const SELECTOR = "[data-consent],[data-consent-service]";

export interface Gate {
  /** Looks at one element and everything in it. */
  scan(root: ParentNode): void;
}

export interface Keeper {
  readonly permits: (element: Element) => boolean;
  /** A frame was found that may not load. */
  readonly blocked: (frame: HTMLIFrameElement) => void;
}

/** Whether the parser has gone past an element, so that the text of an inline script is whole. */
function parsed(element: Element): boolean {
  if (document.readyState !== "loading") return true;
  for (let node: Node | null = element; node; node = node.parentNode) if (node.nextSibling) return true;
  return false;
}

/** Takes an element out, changes it and puts it back: the browser then treats it as new. */
function renew(element: Element, change: () => void): void {
  const { parentNode, nextSibling } = element;
  element.remove();
  change();
  parentNode?.insertBefore(element, nextSibling);
}

export function createGate({ permits, blocked }: Keeper): Gate {
  /** Scripts that are released, wait for it, or were warned about. */
  const seen = new WeakSet<Element>();
  const line: HTMLScriptElement[] = [];
  /** Released scripts that inline ones after them must wait for. */
  let loading = 0;
  let scheduled = false;

  const proceed = () => {
    if (!scheduled && line.length) {
      scheduled = true;
      setTimeout(next);
    }
  };

  const next = () => {
    scheduled = false;
    const script = line[0];
    if (!script) return;
    const inline = !script.src;
    // Woken again when a script has loaded or failed, and when the parser has gone on.
    if (inline && (loading || !parsed(script))) return;
    line.shift();
    if (!permits(script)) seen.delete(script);
    else if (script.isConnected) {
      // The same node, not a copy: it keeps its nonce and its trusted text under a strict policy.
      renew(script, () => {
        const type = script.getAttribute("data-consent-type");
        if (type) script.type = type;
        else script.removeAttribute("type");
        if (inline || script.hasAttribute("async")) return;
        script.async = false;
        loading++;
        const done = () => {
          loading--;
          proceed();
        };
        script.addEventListener("load", done, { once: true });
        script.addEventListener("error", done, { once: true });
      });
    }
    proceed();
  };

  const warn = (element: Element, advice: string) => {
    seen.add(element);
    console.warn("samtykke: this runs without consent; " + advice, element);
  };

  const visitScript = (script: HTMLScriptElement) => {
    if (seen.has(script)) return;
    if (script.type !== "text/plain") warn(script, 'add type="text/plain"');
    else if (permits(script)) {
      seen.add(script);
      line.push(script);
    }
  };

  const visit = (element: Element) => {
    const tag = element.localName;
    if (tag === "script") return visitScript(element as HTMLScriptElement);
    const attribute = tag === "link" ? "href" : "src";
    const address = element.getAttribute("data-consent-" + attribute);
    const loaded = element.hasAttribute(attribute);
    if (address === null) {
      if (loaded && !seen.has(element)) warn(element, `rename ${attribute} to data-consent-${attribute}`);
    } else if (permits(element)) {
      if (!loaded) element.setAttribute(attribute, address);
    } else {
      if (loaded && /iframe|embed|video|audio/.test(tag)) renew(element, () => element.removeAttribute(attribute));
      if (tag === "iframe") blocked(element as HTMLIFrameElement);
    }
  };

  return {
    scan(root) {
      const found = [...root.querySelectorAll(SELECTOR)];
      if (root instanceof Element && root.matches(SELECTOR)) found.unshift(root);
      for (const element of found) {
        try {
          visit(element);
        } catch (error) {
          // A policy of the page may forbid one address; the others are not to suffer.
          console.warn(error);
        }
      }
      proceed();
    },
  };
}
