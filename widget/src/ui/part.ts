// The settings' file: what it can do, once it has been fetched.
import type { MakePart } from "../part.ts";
import { createPlaceholders } from "./placeholder.ts";
import { createSettings, type Declaration } from "./settings.ts";
import css from "./settings.css";

export type { Declaration } from "./settings.ts";

export const makePart =
  (declaration: Declaration): MakePart =>
  (host) => {
    host._addStyles(css);
    return { ...createSettings(declaration, host), ...createPlaceholders(declaration, host) };
  };
