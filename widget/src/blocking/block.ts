// Holds back what nobody marked, on whichever way it comes to the page: see docs/automatic-blocking.md.
import type { Fragment } from "../fragment.ts";
import { createHold, type Hold } from "./hold.ts";
import { replace } from "./natives.ts";

/** Methods that insert nodes, wherever they are defined. */
const INSERTING = (
  "appendChild,insertBefore,replaceChild,append,prepend,replaceChildren,before,after,replaceWith," +
  "insertAdjacentElement,insertNode,surroundContents"
).split(",");

/** Whatever has an address, and scripts, which have a type besides. */
const LOADING = [
  SVGScriptElement,
  HTMLIFrameElement,
  HTMLEmbedElement,
  HTMLMediaElement,
  HTMLTrackElement,
  HTMLInputElement,
  HTMLImageElement,
  HTMLScriptElement,
  HTMLSourceElement,
  HTMLVideoElement,
  HTMLObjectElement,
  HTMLLinkElement,
];

/** Each setting of an address, by whatever name. */
function guardAttributes({ _guard: guard }: Hold): void {
  for (const type of LOADING) {
    for (const name of ["src", "srcset", "href", "poster", "data", "type"]) {
      replace<Element, [unknown]>(type, [name], (self, [value], proceed) => guard(self, name, value, proceed));
    }
  }
  for (const [method, at] of [
    ["setAttribute", 0],
    ["setAttributeNS", 1],
  ] as const) {
    replace<Element, unknown[]>(Element, [method], (self, given, proceed) =>
      guard(self, String(given[at]).toLowerCase(), given[at + 1], proceed),
    );
  }
  replace<Element, [Attr]>(Element, ["setAttributeNode", "setAttributeNodeNS"], (self, [{ name, value }], proceed) =>
    guard(self, name, value, proceed),
  );
  window.Audio = new Proxy(Audio, {
    construct(target, [address]: [string?]) {
      const audio = new target();
      if (address !== undefined) audio.src = address;
      return audio;
    },
  });
}

/** Each way for elements to come to the page; `watch` is called with every shadow root, `catchUp` when some are new. */
function guardInsertions({ _look: look }: Hold, watch: (root: Node) => void, catchUp: () => void): void {
  // A script runs when it comes to the page, so it is checked before, whatever has made it.
  for (const type of [Node, Element, Document, DocumentFragment, CharacterData, Range]) {
    replace<Partial<Node>, Partial<ParentNode>[]>(type, INSERTING, (self, given, proceed) => {
      // What is built aside is looked at once, when it comes in, and what is only moved not again: its scripts have
      // run. Ranges have no such property.
      if (self.isConnected ?? true) {
        for (const node of given) if (node?.querySelectorAll && !node.isConnected) look(node as ParentNode, true);
      }
      return proceed();
    });
  }
  // Images begin to load at the end of the task, before our observer is called.
  for (const type of [Element, ShadowRoot]) {
    replace(type, ["innerHTML", "outerHTML", "insertAdjacentHTML"], (_self, _given, proceed) => {
      const answer = proceed();
      catchUp();
      return answer;
    });
  }
  replace(Element, ["attachShadow"], (_self, _given, proceed) => {
    const root = proceed() as ShadowRoot;
    watch(root);
    return root;
  });
  const { write } = Document.prototype;
  for (const name of ["write", "writeln"]) {
    replace<Document, unknown[]>(Document, [name], (self, given, proceed) => {
      // What a policy of the page has to trust cannot be cut into pieces.
      if (given.some((each) => typeof each === "object")) return proceed();
      // A script runs when its end is written: until then it can be held back.
      for (const piece of (given.map(String).join("") + (name === "write" ? "" : "\n")).split(/(?=<\/script)/i)) {
        write.call(self, piece);
        catchUp();
      }
      return undefined;
    });
  }
}

export const block: Fragment = (session, on, _afterPaint, _post, _loadSettings, _objects, config) => {
  if (!config.blocking) return;
  const hold = createHold(config.blocking, config.origin, session);
  const note = (changes: readonly MutationRecord[]) => {
    // Once the parser is done, a new script that did not come past the guard has run already.
    const fresh = document.readyState === "loading";
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof Element) hold._look(node, fresh);
    }
  };
  // Ours sees each change before the gate's does, since it is older.
  const observer = new MutationObserver(note);
  const watch = (root: Node) => observer.observe(root, { childList: true, subtree: true });
  guardAttributes(hold);
  guardInsertions(hold, watch, () => note(observer.takeRecords()));
  hold._look(document, false);
  watch(document);
  on("change", () => hold._look(document, false));
};
