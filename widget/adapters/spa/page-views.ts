// Page views of a single-page application, only while they are allowed. Copy it beside samtykke.d.ts; that is all.

export interface PageView {
  readonly path: string;
  readonly title: string;
  /** The view before this one, or what brought the visitor here. */
  readonly referrer: string;
}

/**
 * Calls `send` for the view that is open when `category` is allowed, and then for each further one; what was seen
 * before is not caught up on. The answer ends it.
 */
export function countPageViews(send: (view: PageView) => void, category = "statistics"): () => void {
  const here = () => location.pathname + location.search;
  const end = new AbortController();
  let [path, referrer, counted] = [here(), document.referrer, false];
  const count = () => {
    if (counted || !window.samtykke?.allows(category)) return;
    counted = true;
    send({ path, title: document.title, referrer });
  };
  const moved = () => {
    if (end.signal.aborted || here() === path) return;
    [path, referrer, counted] = [here(), location.origin + path, false];
    // Routers set the title after the address.
    setTimeout(count);
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const native = history[name];
    history[name] = (...state) => {
      native.apply(history, state);
      moved();
    };
  }
  addEventListener("popstate", moved, { signal: end.signal });
  for (const event of ["samtykke:ready", "samtykke:change"]) document.addEventListener(event, count, { signal: end.signal });
  count();
  return () => end.abort();
}
