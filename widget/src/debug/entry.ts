// The debug file: fetched for a web developer who asks for it, never for a visitor. One for every site.
import type { Host } from "../part.ts";
import { createCollector } from "./collect.ts";
import type { Declaration } from "./facts.ts";
import { showPanel } from "./panel.ts";

/** What the file exports: shows the panel. */
export type MakeDebug = (declaration: Declaration, host: Host) => void;

const make: MakeDebug = (declaration, host) => showPanel(createCollector(declaration, host), host._h);

PART = make;
