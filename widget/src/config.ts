// What the server appends to the bundle: the published banner, as far as a first-time visitor needs it.
// The server has checked all of it before. What were odd all the same could only deny, never allow.
// `make assets` writes the types from server/embed/configuration_types.py.
import type { Configuration } from "../dist/configuration.d.ts";

export type {
  AnnouncementChunk,
  CookieDeclaration,
  DeclarationFact,
  DeclarationText,
  ConfiguredCategory as Category,
  ConfiguredService as Service,
  ConfiguredSignals as Signals,
  DeclaredCategory,
  DeclaredCookie,
  DeclaredService,
  DraftConfiguration,
  ExtraChunk,
  Reason,
  SettingsChunk,
  Translation,
} from "../dist/configuration.d.ts";

export type Texts = Readonly<Record<string, string>>;

/** A service's key, and the hosts that it loads from: `HOST` or `*.HOST`, each perhaps with the beginning of a path. */
export type Owner = NonNullable<Configuration["blocking"]>[number];

/** The configuration, with what the page adds to it. */
export interface Config extends Configuration {
  /** The domain of the cookie, if it is not for the page's host alone. */
  domain?: string;
}
