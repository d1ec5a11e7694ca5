// A small application in React, for the test of its adapter.
import { createElement as h, StrictMode, useEffect } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { Consented, useAllowed, useConsent } from "../../adapters/react/consent.ts";

/** What the test looks at. */
interface Seen {
  /** How often the part that hangs on statistics was rendered. */
  renders: number;
  mounted: number;
  root?: Root;
}
const seen: Seen = { renders: 0, mounted: 0 };

function Statistics() {
  useEffect(() => {
    seen.mounted++;
    return () => void seen.mounted--;
  }, []);
  return h("p", { id: "statistics" }, "measured");
}

function Gate() {
  seen.renders++;
  return h("p", { id: "gate" }, String(useAllowed("statistics")));
}

export function App() {
  const { decided, advertising } = useConsent();
  return h(
    "main",
    {},
    h("p", { id: "state" }, `${decided} ${advertising}`),
    h(Consented, { to: "statistics", fallback: h("p", { id: "fallback" }, "not measured") }, h(Statistics)),
  );
}

const place = typeof document === "undefined" ? null : document.getElementById("root");
if (place) {
  Object.assign(window, { seen });
  const tree = h(StrictMode, {}, h(App), h(Gate));
  if (place.firstChild) seen.root = hydrateRoot(place, tree);
  else (seen.root = createRoot(place)).render(tree);
}
