// An event for tag managers that read `dataLayer`, each time it is known what is allowed.
import { page, type Tool } from "./tool.ts";

export const layerEvent =
  (allowed: () => [string, boolean][]): Tool =>
  (_denied, known) => {
    const push = () => {
      (page.dataLayer ??= []).push({ event: "samtykke_consent", samtykke: Object.fromEntries(allowed()) });
    };
    if (known) push();
    return push;
  };
