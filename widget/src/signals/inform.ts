// Informs the tools on the page of what the visitor decided: that nothing is allowed before anything else on the page
// runs, and every decision since.
import type { Fragment } from "../fragment.ts";
import { clarity } from "./clarity.ts";
import { consentMode } from "./consent_mode.ts";
import { layerEvent } from "./data_layer.ts";
import { matomo } from "./matomo.ts";
import type { State, Tool } from "./tool.ts";
import { uet } from "./uet.ts";

export const informTools: Fragment = (session, on, _afterPaint, _post, _loadSettings, _objects, config) => {
  const { signals } = config;
  if (!signals) return;
  const state = (allowed: (key: string) => boolean) => {
    const types = Object.entries(signals.mapping).map(([type, key]) => [type, allowed(key) ? "granted" : "denied"]);
    return { ...Object.fromEntries(types), security_storage: "granted" } as State;
  };
  const now = () => state(session._allowed);
  const known = session._view().decided ? now() : undefined;
  const { google } = signals;
  // Google before the event: what a tag manager starts on the event asks Google what is allowed.
  const tools: (Tool | false | undefined)[] = [
    google && consentMode(google),
    signals.uet && uet,
    signals.clarity && clarity,
    signals.matomo && matomo,
    signals.data_layer && layerEvent(() => config.categories.map(({ key }) => [key, session._allowed(key)])),
  ];
  const denied = state(() => false);
  for (const tool of tools) {
    try {
      const update = tool && tool(denied, known);
      if (update) on("change", () => update(now()));
    } catch (error) {
      // One tool's odd queue is not to cost the visitor the banner.
      console.warn(error);
    }
  }
};
