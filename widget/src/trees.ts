// The page's trees: the document, and the open shadow roots in it.

/** What observers must see of a tree: whatever comes and goes, at any depth. */
const EVERYTHING = { childList: true, subtree: true } as const;

/**
 * Where the first root is looked for that the HTML declares. Paragraphs and headings may have one too, but have not: to
 * touch an element of one more name makes browsers prepare all that scripts can do with it.
 */
const HOSTS = ":not(head,head *,script,p,h1,h2,h3)";

/** Milliseconds in which shadow roots are looked at once, however much happens: to find them costs a walk through the page. */
const PAUSE = 100;

export interface Trees {
  /** Looks at all trees. */
  readonly look: () => void;
  /** Forgets the changes that nobody has been told of yet. */
  readonly skip: () => void;
}

/**
 * @param scan Called with each tree of the page that is new or may have changed.
 * @param changed Called when any has.
 */
export function createTrees(scan: (root: ParentNode) => void, changed: () => void): Trees {
  /** Whether this page has shadow roots. */
  let deep: unknown;
  let soon: unknown;
  // Its records are not looked at: one question for all of a tree costs less than a look at each node that is new.
  const observer = new MutationObserver(() => {
    scan(document);
    changed();
    if (deep) soon ||= setTimeout(look, PAUSE);
  });
  const enter = (root: Node) => observer.observe(root, EVERYTHING);
  const search = (tree: ParentNode) => {
    scan(tree);
    for (const { shadowRoot } of tree.querySelectorAll(deep ? "*" : HOSTS)) {
      if (!shadowRoot) continue;
      deep = shadowRoot;
      enter(shadowRoot);
      search(shadowRoot);
    }
  };
  const look = () => {
    soon = 0;
    search(document);
  };

  enter(document);
  const { attachShadow } = Element.prototype;
  // What is attached to an element of the page is no change that an observer would be told of.
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    deep ||= this.shadowRoot;
    enter(root);
    return root;
  };
  return { look, skip: () => observer.takeRecords() };
}
