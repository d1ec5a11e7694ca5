// c15t as its React quickstart says, in its offline mode: nothing is asked of a server of its own.
import { ConsentBanner, ConsentDialog, ConsentManagerProvider } from "@c15t/react";
import "@c15t/react/styles.css";
import { createRoot } from "react-dom/client";

const OPTIONAL = ["functionality", "measurement", "marketing"];

const options = {
  mode: "offline",
  consentCategories: ["necessary", ...OPTIONAL],
  overrides: { country: "NO", language: "en" },
  scripts: window.blocked.map(({ src, text }, number) => ({
    id: `blocked-${number}`,
    category: OPTIONAL[number % OPTIONAL.length],
    ...(src ? { src } : { textContent: text }),
  })),
};

const root = document.createElement("div");
document.body.prepend(root);
createRoot(root).render(
  <ConsentManagerProvider options={options}>
    <ConsentBanner />
    <ConsentDialog />
  </ConsentManagerProvider>,
);
