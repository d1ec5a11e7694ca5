// What is wrong on a page, and the line that corrects it.

/** `fault`: something happens without consent, or never. `warning`: it may. `note`: it could be better. */
export type Level = "fault" | "warning" | "note";

export interface Finding {
  /** Stays the same while the same thing is wrong. */
  readonly _id: string;
  readonly _level: Level;
  readonly _title: string;
  readonly _why: string;
  /** The element that it is about. */
  readonly _element?: number | undefined;
  /** The line as it is. */
  readonly _from?: string | undefined;
  /** The line as it should be; empty when the one above is to go. Several, with blank lines between, to choose from. */
  readonly _to?: string | undefined;
  /** Where `to` belongs, when that is not the place of `from`. */
  readonly _where?: string | undefined;
}

/** Things in a sentence: "a, b and c", with the rest counted. */
export function enumerate(things: readonly string[], most = 3): string {
  const shown = things.length > most ? [...things.slice(0, most), `${things.length - most} more`] : things;
  return shown.length < 2 ? shown.join("") : shown.slice(0, -1).join(", ") + " and " + shown[shown.length - 1];
}

/** "1 request", "3 requests". */
export const count = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? "" : "s"}`;
