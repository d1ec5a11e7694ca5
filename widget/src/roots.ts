// Finds the page's open shadow roots, and reports when the document or one of them changes.

/**
 * Elements that are asked for a declarative shadow root while none is known. Paragraphs and headings could have one, in
 * practice they never do, and each further kind of element costs 1 to 2 KiB: browsers make its script interface when it
 * is first touched.
 */
const HOSTS = ":not(head,head *,script,p,h1,h2,h3)";

/** Milliseconds between two searches for shadow roots: each is a walk through the page. */
const PAUSE = 100;

export interface Roots {
  /** Scans the document and every open shadow root in it. */
  readonly _look: () => void;
  /** Drops changes that have not been reported yet. */
  readonly _skip: () => void;
}

/**
 * @param scan Called with the document or a shadow root that is new or may have changed.
 * @param changed Called after a change.
 */
export function createRoots(scan: (root: ParentNode) => void, changed: () => void): Roots {
  /** True once this page is known to have a shadow root. */
  let any = false;
  let timer: unknown;
  // The records are not read: one query for the whole document costs less than a look at each new node.
  const observer = new MutationObserver(() => {
    scan(document);
    changed();
    if (any) timer ||= setTimeout(look, PAUSE);
  });
  const observe = (root: Node) => observer.observe(root, { childList: true, subtree: true });
  const search = (tree: ParentNode) => {
    scan(tree);
    for (const { shadowRoot } of tree.querySelectorAll(any ? "*" : HOSTS)) {
      if (!shadowRoot) continue;
      any = true;
      observe(shadowRoot);
      search(shadowRoot);
    }
  };
  const look = () => {
    timer = 0;
    search(document);
  };

  observe(document);
  const { attachShadow } = Element.prototype;
  // Attaching a root is not reported to mutation observers.
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init);
    any ||= !!this.shadowRoot;
    observe(root);
    return root;
  };
  return { _look: look, _skip: () => observer.takeRecords() };
}
