import type { Config } from "../src/config.ts";

const palette = { background: "#fff", text: "#111", accent: "#124", accent_text: "#fff", border: "#ccc" };

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
    { key: "youtube", slot: 0, category: "advertising", name: "YouTube" },
    { key: "matomo", slot: 1, category: "statistics", name: "Matomo" },
  ],
  validity: 365,
  refusal: 182,
  words: { language: "nb", texts: { title: "Tittel" } },
  languages: { nn: "/nn.json" },
  settings: { nb: "/nb.js" },
  extra: "/extra.js",
  appearance: {
    layout: "bar",
    position: "bottom",
    scheme: "auto",
    light: palette,
    dark: palette,
    radius: 8,
    font: "inherit",
    logo: "",
  },
  ...changes,
});

export const NOW = 1_795_000_000;
export const VISITOR = "abcdefghijklmnopqrstuv";
