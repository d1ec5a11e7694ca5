import type { Config } from "../src/config.ts";

/** A valid configuration, with what a test wants different. */
export const sample = (changes: Partial<Config> = {}): Config => ({
  site: "demo",
  version: 3,
  origin: "https://consent.example.no",
  categories: [
    { key: "functional", slot: 0, since: 1 },
    { key: "statistics", slot: 1, since: 1 },
    { key: "advertising", slot: 2, since: 1 },
  ],
  services: [
    { key: "youtube", slot: 0, category: "advertising" },
    { key: "matomo", slot: 1, category: "statistics" },
  ],
  necessary: ["necessary", "login"],
  validity: 365,
  refusal: 182,
  words: { language: "nb", texts: ["Tittel"] },
  languages: { nn: "/nn.json" },
  settings: { nb: "/nb.js" },
  extra: "/extra.js",
  appearance: { rules: "", properties: "" },
  gpc: false,
  dnt: false,
  ...changes,
});

export const NOW = 1_795_000_000;
export const VISITOR = "abcdefghijklmnopqrstuv";
