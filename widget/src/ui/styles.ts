// Our style sheets: constructable ones, which a strict style policy allows, or else a <style> with our nonce.
import type { Appearance } from "../config.ts";

/**
 * Every declaration is made `!important`: under an id's specificity, so that a page's own important rules for
 * `*` or `button` do not reach us. The visitor's own important rules still win, as they should.
 */
const harden = (css: string): string => css.replace(/[;}]/g, "!important$&");

/** Adds a style sheet to the document and returns it for further rules. */
export function addStyles(css: string): CSSStyleSheet {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(harden(css));
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return sheet;
  } catch {
    const style = document.createElement("style");
    // Whatever script of the page has a nonce has the page's nonce.
    style.nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
    style.textContent = harden(css);
    document.documentElement.append(style);
    return style.sheet as CSSStyleSheet;
  }
}

/** Sets the site's colours, font and radius as custom properties: by the object model, never as text. */
export function paint(sheet: CSSStyleSheet, { scheme, light, dark, radius, font }: Appearance): void {
  const add = (condition: string, values: object) => {
    const index = sheet.insertRule(`@media ${condition}{.samtykke:not(#_){}}`, sheet.cssRules.length);
    const { style } = (sheet.cssRules[index] as CSSMediaRule).cssRules[0] as CSSStyleRule;
    for (const [name, value] of Object.entries(values)) style.setProperty("--" + name, value as string);
  };
  add("all", { ...(scheme === "dark" ? dark : light), radius: radius + "px", font });
  if (scheme === "auto") add("(prefers-color-scheme:dark)", dark);
}
