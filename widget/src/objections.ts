// What the browser says for its user, as far as the site respects it.
import { config } from "./context.ts";

/** What the language's own types do not know yet. */
type Signals = { readonly globalPrivacyControl?: boolean };

/** Read only when needed: most visits are by those who have decided. */
export const signals = () => ({
  gpc: config.gpc && !!(navigator as Signals).globalPrivacyControl,
  dnt: config.dnt && navigator.doNotTrack === "1",
});

/** Whether the browser objects for its user. */
export const objects = (): boolean => {
  const said = signals();
  return said.gpc || said.dnt;
};
