// What the modules of the settings' file work with. The file is made once on a page, by one host and in one language, so
// these are set once, before anything else of it is called; to hand them from function to function would cost its budget.
import type { DeclaredCategory, SettingsChunk, Texts } from "../config.ts";
import type { Host } from "../part.ts";

export let host: Host;
export let h: Host["_h"];
export let button: Host["_button"];
export let config: Host["_config"];
export let session: Host["_session"];
/** What the browser's own words are asked for: it has none of nynorsk, Sami and Icelandic, which bokmål stands for. */
export let locales: readonly string[];
/** Who is responsible, as facts. */
export let controller: SettingsChunk["controller"];
export let categories: readonly DeclaredCategory[];
let texts: Texts;

export const setContext = (declaration: SettingsChunk, given: Host): void => {
  host = given;
  ({ texts, categories, controller } = declaration);
  ({ _h: h, _button: button, _config: config, _session: session } = given);
  // Plain English is not the American kind.
  locales = [given._translation.language.replace("en", "en-GB"), "nb"];
};

/** A text of the settings, by its key. */
export const text = (key: string): string => texts[key] ?? "";
