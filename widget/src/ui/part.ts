// The settings' file: what it can do, once it has been fetched.
import type { MakePart } from "../part.ts";
import { setContext } from "./context.ts";
import type { SettingsChunk } from "../config.ts";
import { close, openSettings } from "./settings.ts";
import { cover, uncover } from "./placeholder.ts";
import css from "./settings.css";

export const makePart =
  (declaration: SettingsChunk): MakePart =>
  (host) => {
    setContext(declaration, host);
    host._addStyles(css);
    return { _settings: openSettings, _close: close, _cover: cover, _uncover: uncover };
  };
