// Elements with `data-poll` ask again after so many seconds, as long as the page can be seen.
import htmx from "htmx.org";

const asked = new WeakMap();

function tick() {
  if (document.visibilityState !== "visible") return;
  for (const element of document.querySelectorAll("[data-poll]")) {
    const now = performance.now();
    if (!asked.has(element)) asked.set(element, now);
    if (now - asked.get(element) < element.dataset.poll * 1000) continue;
    asked.set(element, now);
    htmx.trigger(element, "poll");
  }
}

const polled = (event) => event.target.closest?.("[data-poll]");

/** Before startEditor: what goes wrong here is no news to somebody who has sent nothing. */
export function startPolling() {
  setInterval(tick, 1000);
  document.addEventListener("htmx:sendError", (event) => {
    if (polled(event)) event.stopImmediatePropagation();
  });
  document.addEventListener("login-ended", (event) => {
    if (!polled(event)) return;
    event.stopImmediatePropagation();
    delete event.target.dataset.poll;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (polled(event) && event.detail.xhr.status !== 200) event.detail.shouldSwap = false;
  });
}
