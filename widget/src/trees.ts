// The page's trees: the document, and the open shadow roots in it.

/** What observers must see of a tree: whatever comes and goes, at any depth. */
const EVERYTHING = { childList: true, subtree: true } as const;

export interface Trees {
  /** Looks at a tree and at the open shadow roots in it, now and whenever they change. */
  readonly enter: (root: ParentNode & Node) => void;
  /** Forgets the changes that nobody has been told of yet. */
  readonly skip: () => void;
}

/**
 * @param scan Called with each tree that is new or has changed.
 * @param changed Called when anything has.
 */
export function createTrees(scan: (root: ParentNode) => void, changed: () => void): Trees {
  const observer = new MutationObserver((changes) => {
    // One question for all of a tree costs less than a look at each node that is new.
    const roots = new Set<Node>();
    for (const { target, addedNodes } of changes) {
      roots.add(target.getRootNode());
      for (const node of addedNodes) search(node);
    }
    // What is built aside is looked at when it comes in.
    for (const root of roots) if (root.isConnected) scan(root as Document);
    changed();
  });
  function search(node: Node) {
    const inside = (node as Partial<ParentNode>).querySelectorAll?.("*") ?? [];
    for (const { shadowRoot } of [node as Element, ...inside]) if (shadowRoot) enter(shadowRoot);
  }
  function enter(root: ParentNode & Node) {
    observer.observe(root, EVERYTHING);
    scan(root);
    search(root);
  }

  const { attachShadow } = Element.prototype;
  // A root that is attached to what is on the page already is no change that an observer would be told of.
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    if (this.shadowRoot) enter(root);
    return root;
  };
  return { enter, skip: () => observer.takeRecords() };
}
