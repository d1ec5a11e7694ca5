// How the file with drafts is entered from a page that has no draft yet.
import type { Host, Part } from "../part.ts";

/** What the file can do: on a page with a draft everything that the settings' and the extra file can. */
export interface DraftPart extends Partial<Part> {
  /**
   * Begins a preview with the token of a link; or says why one has ended, where the link names that. Ends only if there
   * is none to show: otherwise the page is loaded again.
   */
  _arrive(token: string): Promise<void>;
}

export type MakeDraft = (host: Host) => DraftPart;
