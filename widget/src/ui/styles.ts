// Our style sheets: constructable ones, which a strict style policy allows, or else a <style> with our nonce.
import type { Appearance, Palette } from "../config.ts";

/** Adds a style sheet to the document and returns it for further rules. */
export type AddStyles = (css: string) => CSSStyleSheet;

/**
 * Every declaration is made `!important`: under an id's specificity, so that a page's own important rules for
 * `*` or `button` do not reach us. The visitor's own important rules still win, as they should.
 */
const harden = (css: string): string => css.replace(/[;}]/g, "!important$&");

export function createStyles(nonce: string): AddStyles {
  return (css) => {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(harden(css));
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      return sheet;
    } catch {
      const style = document.createElement("style");
      style.nonce = nonce;
      style.textContent = harden(css);
      document.documentElement.append(style);
      return style.sheet as CSSStyleSheet;
    }
  };
}

/** Sets the site's colours, font and radius as custom properties: by the object model, never as text. */
export function paint(sheet: CSSStyleSheet, { scheme, light, dark, radius, font }: Appearance): void {
  const add = (condition: string, palette: Palette, name: string) => {
    const index = sheet.cssRules.length;
    sheet.insertRule(`@media ${condition}{.samtykke:not(#_){color-scheme:${name} !important}}`, index);
    const { style } = (sheet.cssRules[index] as CSSMediaRule).cssRules[0] as CSSStyleRule;
    for (const key in palette) style.setProperty("--" + key, palette[key as keyof Palette]);
    style.setProperty("--radius", (Number(radius) || 0) + "px");
    style.setProperty("--font", font || "inherit");
  };
  if (scheme === "dark") add("all", dark, "dark");
  else add("all", light, "light");
  if (scheme === "auto") add("(prefers-color-scheme:dark)", dark, "dark");
}
