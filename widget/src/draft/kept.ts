// What a tab keeps of the draft that it shows: in the tab's own storage, so that its next pages show it, too.
import type { DraftConfiguration } from "../config.ts";
import { NAME } from "../cookie_name.ts";

/** The name of a tab that had none: by that, the script of its next page knows to look. It says nothing else. */
const TAB = "samtykke-draft";

/** A draft with the token that has fetched it; without the time that is left, which is another one at each look. */
export type Kept = Omit<DraftConfiguration, "seconds"> & { readonly token: string };

/** What a tab keeps of an answer. */
export const kept = ({ seconds: _, ...draft }: DraftConfiguration, token: string): Kept => ({ ...draft, token });

/** Keeps a draft for the next pages of this tab; false where nothing may be stored. */
export const keep = (draft: Kept): boolean => {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(draft));
  } catch {
    return false;
  }
  window.name ||= TAB;
  return true;
};

/** The next page of this tab shows the published banner again. */
export const drop = (): void => {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // Nothing was kept either.
  }
  if (window.name === TAB) window.name = "";
};
