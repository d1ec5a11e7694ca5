// Texts and declarations of one language: what the server appends to the settings' file.
import type { Texts } from "../config.ts";

export interface DeclaredCookie {
  readonly name: string;
  readonly host: string;
  readonly kind: string;
  /** ISO 8601 duration or "session". */
  readonly lifetime: string;
  readonly purpose: string;
}

export interface DeclaredService {
  readonly key: string;
  readonly name: string;
  readonly provider: string;
  readonly purpose: string;
  /** ISO 3166 code. */
  readonly country: string;
  readonly privacy_link: string;
  readonly shared_with: readonly string[];
  readonly cookies: readonly DeclaredCookie[];
}

export interface DeclaredCategory {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly services: readonly DeclaredService[];
}

export interface Declaration {
  readonly texts: Texts;
  readonly categories: readonly DeclaredCategory[];
}
