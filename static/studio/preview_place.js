// Where somebody is in what the preview shows: what they have scrolled and unfolded, so that it can be so again.

/** What can be scrolled, by a name that it has again after the page was made again. */
function* scrollers() {
  yield ["page", document.scrollingElement];
  for (const root of document.querySelectorAll(".samtykke[id]")) {
    for (const element of [root, ...root.querySelectorAll("[class]")]) yield [`${root.id} ${element.className}`, element];
  }
}

/** A summary has the id of its category; what has none is known by its place. */
const folds = () => [...document.querySelectorAll("details")].map((fold, index) => [fold.firstElementChild?.id || String(index), fold]);

export const place = () => ({
  scrolled: [...scrollers()].filter(([, { scrollTop }]) => scrollTop > 0).map(([name, { scrollTop }]) => [name, scrollTop]),
  open: folds().flatMap(([name, fold]) => (fold.open ? [name] : [])),
});

/** Unfolds and scrolls everything as it was. */
export function restore({ scrolled, open }) {
  for (const [name, fold] of folds()) fold.open = open.includes(name);
  const tops = new Map(scrolled);
  for (const [name, element] of scrollers()) {
    const top = tops.get(name) ?? 0;
    if (element.scrollTop !== top) element.scrollTop = top;
  }
}

/** How far a box must be scrolled so that an element stands in it as asked: `start`, `center`, or `nearest`. */
function distance(element, [from, to], block) {
  const { top, bottom } = element.getBoundingClientRect();
  if (block === "center") return (top + bottom - from - to) / 2;
  if (block === "start" || top < from || bottom - top > to - from) return top - from;
  return Math.max(0, bottom - to);
}

/**
 * Scrolls to an element in this page alone: the browser's own `scrollIntoView` scrolls the studio around the frame
 * too, under the hands of somebody who is working there.
 */
export function scrollHere(element, block = "start") {
  for (let each = element.parentElement; each; each = each.parentElement) {
    if (each === document.scrollingElement) break;
    if (each.scrollHeight <= each.clientHeight || !/auto|scroll/.test(getComputedStyle(each).overflowY)) continue;
    const { top, bottom } = each.getBoundingClientRect();
    each.scrollTop += distance(element, [top, bottom], block);
  }
  document.scrollingElement.scrollTop += distance(element, [0, innerHeight], block);
}
