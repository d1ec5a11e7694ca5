// Which language the banner is in, and where its texts come from.
import type { Config, Translation } from "./config.ts";

/** Longest wait for another language in milliseconds; then the main one is good enough. */
const PATIENCE = 1500;

/** The first wish that is available: region stripped, Norwegian without a form is bokmål. */
export const pickLanguage = (wishes: readonly string[], available: readonly string[]): string | undefined =>
  wishes
    .map((wish) => wish.toLowerCase().replace(/[-_].*/, "").replace(/^no$/, "nb"))
    .find((language) => available.includes(language));

/** The texts in a language; in the main one when there are none in that, or they do not come in time. */
export async function loadTranslation(config: Config, language?: string): Promise<Translation> {
  const main = config.words;
  const inline = config.languages[language as string];
  if (typeof inline !== "string") return inline ?? main;
  try {
    const options = { credentials: "omit", signal: AbortSignal.timeout(PATIENCE) } as const;
    const answer = await fetch(config.origin + inline, options);
    const found = (await answer.json()) as Translation;
    // An error is JSON too.
    return found.texts ? found : main;
  } catch {
    return main;
  }
}
