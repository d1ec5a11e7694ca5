// What a page asks for: looked for in the main bundle, done here. The address can open the settings or have the decision
// forgotten, show the panel for the page's developer, and bring a link to a draft; an element can be a place for the
// cookie declaration.
import type { ExtraChunk } from "./config.ts";
import type { MakeDebug } from "./debug/entry.ts";
import type { MakeDraft } from "./draft/arriving.ts";
import { showDeclaration } from "./declaration.ts";
import type { Host } from "./part.ts";
import type { about } from "./ui/about.ts";
import { watchAnswers } from "./unrecorded.ts";

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
  watchAnswers(host._config);
  const { default: show } = (await import(origin + file)) as { default: MakeDebug };
  show(await (await fetch(origin + declaration, { credentials: "omit" })).json(), host);
};

const showDraft = async ([, , file]: ExtraChunk["debug"], token: string, host: Host) => {
  await (import(host._config.origin + file) as Promise<{ default: MakeDraft }>)
    .then(({ default: make }) => make(host)._arrive(token))
    .catch(console.warn);
  // There is no draft. The published banner has waited for it, and is shown now if it is due.
  window.samtykke?.hide();
  if (host._session._ask()) window.samtykke?.show();
};

export const serve: Asked["_serve"] = (debug, host, forget) => {
  const [address, wish = ""] = location.href.split("#samtykke-");
  const [, token] = wish.split("draft=");
  if (token || wish === "forget" || wish === "settings") {
    // Once: not again when the page is reloaded, or its address handed on.
    history.replaceState(history.state, "", address);
    if (token) void showDraft(debug, token, host);
    else if (wish === "forget") {
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
