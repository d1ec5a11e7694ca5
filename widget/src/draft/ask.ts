// Asks the server for a draft, by the token of a link.
import type { Config, DraftConfiguration } from "../config.ts";

/** Why there is no draft to show, by the key of what is said of it. */
export const ENDINGS = ["expired", "ended", "refused", "unreachable", "unstorable"] as const;
export type Ending = (typeof ENDINGS)[number];

export const isEnding = (word: string): word is Ending => ENDINGS.some((each) => each === word);

/** The draft as it is saved now, or why it is not to be had. */
export const askFor = async (
  { origin, site }: Pick<Config, "origin" | "site">,
  token: string,
): Promise<DraftConfiguration | Ending> => {
  try {
    // In a header, not in the address: so no log has the token.
    const answer = await fetch(`${origin}/w/${site}/draft`, {
      headers: { Authorization: "Bearer " + token },
      credentials: "omit",
      cache: "no-store",
    });
    const found = (await answer.json()) as DraftConfiguration & { readonly reason?: string };
    if (answer.ok) return found;
    const reason = String(found.reason).replace("draft_", "");
    return isEnding(reason) ? reason : "unreachable";
  } catch {
    return "unreachable";
  }
};
