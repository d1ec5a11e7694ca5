// Google Consent Mode, version 2: https://developers.google.com/tag-platform/security/guides/consent
import { page, type Google, type Tool } from "./tool.ts";

export const consentMode =
  (google: Google): Tool =>
  (denied, known) => {
    /** How many commands of ours are at the front of the queue. */
    let place = 0;
    // A page that has its own `gtag` may have renamed the queue.
    const { gtag } = page;
    const push: (...command: unknown[]) => void =
      gtag ??
      function () {
        const layer = (page.dataLayer ??= []);
        // Google knows commands only as `arguments`. Until it comes, what waits in the queue is to be read after them;
        // once it has, only its own `push` counts.
        if (page.google_tag_manager) layer.push(arguments);
        else layer.splice(place++, 0, arguments);
      };
    const starts = (entry: unknown) => /^(js|config|event)$/.test((entry as string[])[0] as string);
    if (page.google_tag_manager || (gtag && page.dataLayer?.some(starts))) {
      console.warn("samtykke: Google's tag ran before this script");
    }
    push("consent", "default", { ...denied, ...google.default });
    for (const setting of Object.entries(google.set)) push("set", ...setting);
    const update = (state: typeof denied) => push("consent", "update", state);
    if (known) update(known);
    return update;
  };
