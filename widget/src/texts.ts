// The texts of the first layer in this visitor's language.
import type { Translation } from "./config.ts";
import { config } from "./context.ts";
import { loadTranslation, pickLanguage } from "./languages.ts";
import css from "./ui/first.css";
import { addStyles } from "./ui/styles.ts";

/** The texts as soon as they have loaded; until then those of the main language. */
export let current = config.words;
let translation: Promise<Translation> | undefined;

/** Loads the texts; our style is added with the first of them. */
export const loadTexts = (): Promise<Translation> => {
  if (!translation) {
    addStyles(css + config.appearance.rules, config.appearance.properties);
    const available = [config.words.language, ...Object.keys(config.languages)];
    // The first look at the navigator costs every page 16 KiB: only where the page does not name its language.
    const preferred =
      pickLanguage([document.documentElement.lang], available) ?? pickLanguage(navigator.languages, available);
    translation = loadTranslation(config, preferred);
    void translation.then((found) => (current = found));
  }
  return translation;
};
