// What a page asks for: looked for in the main bundle, done here. The address can open the settings or have the decision
// forgotten, and show the panel for the page's developer; an element can be a place for the cookie declaration.
import type { ExtraChunk } from "./config.ts";
import type { MakeDebug } from "./debug/entry.ts";
import { showDeclaration } from "./declaration.ts";
import type { Host } from "./part.ts";
import type { about } from "./ui/about.ts";

/** What the file exports. */
export interface Asked {
  /** Does what the page asks for now, and has not got yet. */
  readonly _serve: (debug: ExtraChunk["debug"], host: Host, forget: () => void) => void;
  readonly _about: typeof about;
}

let debugged = false;

const showPanel = async ([file, declaration]: ExtraChunk["debug"], host: Host) => {
  const { origin } = host._config;
  debugged = true;
  const { default: show } = (await import(origin + file)) as { default: MakeDebug };
  show(await (await fetch(origin + declaration, { credentials: "omit" })).json(), host);
};

export const serve: Asked["_serve"] = (debug, host, forget) => {
  const [address, wish] = location.href.split("#samtykke-");
  if (wish === "forget" || wish === "settings") {
    // Once: not again when the page is reloaded, or its address handed on.
    history.replaceState(history.state, "", address);
    if (wish === "forget") {
      forget();
      void window.samtykke?.show();
    } else void window.samtykke?.settings();
  }
  if (!debugged && /[?&]samtykke=debug\b/.test(location.href)) void showPanel(debug, host);
  for (const place of document.querySelectorAll<HTMLElement>("[data-samtykke-declaration='']")) {
    // Not asked for again, whatever becomes of it: what the page itself has put there stays.
    place.dataset.samtykkeDeclaration = "loading";
    showDeclaration(place, host).then(
      () => (place.dataset.samtykkeDeclaration = "shown"),
      () => (place.dataset.samtykkeDeclaration = "failed"),
    );
  }
};
