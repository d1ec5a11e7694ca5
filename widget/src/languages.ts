// Which language the banner speaks, and where its words come from.
import type { Config, Texts } from "./config.ts";

/** What the first layer says, in one language. */
export interface Words {
  readonly language: string;
  readonly texts: Texts;
  /** Names of the categories by key. */
  readonly categories: Texts;
}

/** Longest wait for another language in milliseconds; then the main one is good enough. */
const PATIENCE = 1500;

/** The first wish that is available: region stripped, Norwegian without a form is bokmål. */
export function pickLanguage(wishes: readonly string[], available: readonly string[], fallback: string): string {
  for (const wish of wishes) {
    const short = wish.toLowerCase().split(/[-_]/)[0] as string;
    const language = short === "no" ? "nb" : short;
    if (available.includes(language)) return language;
  }
  return fallback;
}

/** The words in a language; in the main language when theirs cannot be had in time. */
export async function loadWords(config: Config, language: string): Promise<Words> {
  const main = {
    language: config.language,
    texts: config.texts,
    categories: Object.fromEntries(config.categories.map(({ key, name }) => [key, name])),
  };
  if (language === config.language) return main;
  try {
    const options = { credentials: "omit", signal: AbortSignal.timeout(PATIENCE) } as const;
    const answer = await fetch(config.origin + config.languages[language], options);
    // An error is told in JSON too: it has no words, and so changes none.
    return { ...main, ...((await answer.json()) as Words) };
  } catch {
    return main;
  }
}

/** Writing direction of a language. */
export const direction = (language: string): "rtl" | "ltr" =>
  /^(ar|ckb|dv|fa|he|ps|ug|ur|yi)$/.test(language) ? "rtl" : "ltr";
