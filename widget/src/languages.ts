// Which language the banner speaks, and where its words come from.
import type { Config, Words } from "./config.ts";

/** Longest wait for another language in milliseconds; then the main one is good enough. */
const PATIENCE = 1500;

/** The first wish that is available: region stripped, Norwegian without a form is bokmål. */
export const pickLanguage = (wishes: readonly string[], available: readonly string[]): string | undefined => {
  for (const wish of wishes) {
    const short = wish.toLowerCase().split(/[-_]/)[0] as string;
    const language = short === "no" ? "nb" : short;
    if (available.includes(language)) return language;
  }
  return undefined;
};

/** The words in a language; in the main one when they are not among the others, or cannot be had in time. */
export async function loadWords(config: Config, language = ""): Promise<Words> {
  const main = config.words;
  const inline = config.languages[language];
  if (typeof inline !== "string") return inline ?? main;
  try {
    const options = { credentials: "omit", signal: AbortSignal.timeout(PATIENCE) } as const;
    const answer = await fetch(config.origin + inline, options);
    const found = (await answer.json()) as Words;
    // An error is told in JSON too.
    return found.texts ? found : main;
  } catch {
    return main;
  }
}
