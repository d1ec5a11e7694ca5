// What is said to staff who preview a draft, in the languages of the studio.
import { pickLanguage } from "../languages.ts";
import type { Ending } from "./ask.ts";

export interface Words extends Readonly<Record<Ending, string>> {
  readonly title: string;
  readonly note: string;
  readonly again: string;
  readonly leave: string;
  readonly close: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    title: "Draft preview",
    note: "Nothing you choose here is stored or counted.",
    again: "Start again",
    leave: "Leave",
    close: "Close",
    expired: "The preview has ended, because its link has expired. This is the published banner.",
    ended:
      "The preview has ended, because the maker of the link has logged out or may no longer edit the banner. This is the published banner.",
    refused: "This link does not show a draft of this website. This is the published banner.",
    unreachable: "The draft could not be fetched. This is the published banner. Make a new link in the studio.",
    unstorable: "The draft cannot be shown, because this browser stores nothing for this page.",
  },
  nb: {
    title: "Forhåndsvisning av utkastet",
    note: "Ingenting du velger her, blir lagret eller telt.",
    again: "Begynn på nytt",
    leave: "Avslutt",
    close: "Lukk",
    expired: "Forhåndsvisningen er avsluttet fordi lenken er utløpt. Dette er det publiserte banneret.",
    ended:
      "Forhåndsvisningen er avsluttet fordi den som laget lenken, har logget ut eller ikke lenger kan redigere banneret. Dette er det publiserte banneret.",
    refused: "Denne lenken viser ikke noe utkast for dette nettstedet. Dette er det publiserte banneret.",
    unreachable: "Utkastet lot seg ikke hente. Dette er det publiserte banneret. Lag en ny lenke i studioet.",
    unstorable: "Utkastet kan ikke vises fordi nettleseren ikke lagrer noe for denne siden.",
  },
  nn: {
    title: "Førehandsvising av utkastet",
    note: "Ingenting du vel her, blir lagra eller talt.",
    again: "Begynn på nytt",
    leave: "Avslutt",
    close: "Lukk",
    expired: "Førehandsvisinga er avslutta fordi lenkja har gått ut. Dette er det publiserte banneret.",
    ended:
      "Førehandsvisinga er avslutta fordi den som laga lenkja, har logga ut eller ikkje lenger kan redigere banneret. Dette er det publiserte banneret.",
    refused: "Denne lenkja viser ikkje noko utkast for denne nettstaden. Dette er det publiserte banneret.",
    unreachable: "Utkastet lét seg ikkje hente. Dette er det publiserte banneret. Lag ei ny lenkje i studioet.",
    unstorable: "Utkastet kan ikkje visast fordi nettlesaren ikkje lagrar noko for denne sida.",
  },
};

/** The words in the first of these languages that there are words in, and that language; else in English. */
export const wordsIn = (wishes: readonly string[]): readonly [language: string, words: Words] => {
  const language = pickLanguage(wishes, Object.keys(WORDS)) ?? "en";
  return [language, WORDS[language] as Words];
};
