// A draft on the page's own website: the link of the studio brings its token, the tab keeps the draft, and every page
// of the tab starts with it (`context.ts`), asks whether it may still be shown, and says what it is.
import type { DraftConfiguration } from "../config.ts";
import { makeExtra } from "../extra.ts";
import type { Host } from "../part.ts";
import { makePart } from "../ui/part.ts";
import type { DraftPart, MakeDraft } from "./arriving.ts";
import { askFor, isEnding, type Ending } from "./ask.ts";
import { drop, keep, kept, type Kept } from "./kept.ts";
import { addMissing } from "./missing.ts";
import { noRecords } from "./records.ts";
import { showStrip } from "./strip.ts";
import { wordsIn } from "./words.ts";

/** What the page's address says behind its own, for the draft. */
const WISH = "#samtykke-draft=";

const say = (ending: Ending, host: Host) => {
  const [language, words] = wordsIn(navigator.languages);
  const buttons = [[words.close, () => close()]] as const;
  const close = showStrip({ _language: language, _title: words.title, _text: words[ending], _buttons: buttons }, host);
};

/** Ends the preview of this tab; the page is loaded again, with the published banner and a sentence. */
const end = (ending: Ending) => {
  drop();
  const [address] = location.href.split("#samtykke-");
  history.replaceState(history.state, "", address + WISH + ending);
  location.reload();
};

/** Says on this page that it shows a draft, and sees to it that it ends in time and is the newest one. */
const begin = async (draft: Kept, host: Host) => {
  const [language, words] = wordsIn([draft.language]);
  const leave = () => {
    drop();
    location.reload();
  };
  const strip = {
    _language: language,
    _title: words.title,
    _text: words.note,
    _buttons: [
      [words.again, () => location.reload()],
      [words.leave, leave],
    ],
  } as const;
  showStrip(strip, host);
  const found = await askFor(draft, draft.token);
  if (typeof found === "string") return end(found);
  setTimeout(() => end("expired"), found.seconds * 1000);
  const newest = kept(found, draft.token);
  // Somebody has saved the draft meanwhile.
  if (JSON.stringify(newest) !== JSON.stringify(draft) && keep(newest)) location.reload();
};

export const makeDraft: MakeDraft = (host) => {
  const arrive: DraftPart["_arrive"] = async (token) => {
    if (isEnding(token)) return say(token, host);
    const found = await askFor(host._config, token);
    if (typeof found === "string") return say(found, host);
    if (!keep(kept(found, token))) return say("unstorable", host);
    location.reload();
    return new Promise(() => {});
  };
  if (!host._config.draft) return { _arrive: arrive };

  const draft = host._config as unknown as Kept;
  const { settings, extra, missing, floating } = draft.parts;
  const chunk = settings[host._translation.language] as DraftConfiguration["parts"]["settings"][string];
  const rest = makeExtra(extra, noRecords)(host);
  let begun: unknown;
  addMissing(missing, host);
  // The page's published script may have the button. Of important rules, those in a layer are the stronger ones.
  if (!floating) host._addStyles("@layer samtykke{#samtykke-open{display:none}}");
  return {
    ...makePart(chunk)(host),
    ...rest,
    // A first visit: nobody has decided on anything that could have changed.
    _scopeChanges: () => "",
    async _special() {
      begun ||= begin(draft, host);
      if (/[#?&]samtykke[-=]/.test(location.href) || document.querySelector("[data-samtykke-declaration='']"))
        await rest._special?.();
    },
    _arrive: arrive,
  };
};
