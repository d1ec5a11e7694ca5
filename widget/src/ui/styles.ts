// Our style sheets: constructable ones, which a strict style policy allows, or else a <style> with our nonce.
import type { Appearance } from "../config.ts";

/**
 * Every declaration is made `!important`: under an id's specificity, so that a page's own important rules for
 * `*` or `button` do not reach us. The visitor's own important rules still win, as they should.
 */
const harden = (css: string): string => css.replace(/[;}]/g, "!important$&");

const own: CSSStyleSheet[] = [];

/** Puts our sheets on the document, also when the page has set its own list since. */
export function adopt(): void {
  const there = document.adoptedStyleSheets;
  if (!own.every((sheet) => there.includes(sheet))) document.adoptedStyleSheets = [...there, ...own];
}

/** Adds a style sheet to the document and returns it for further rules. */
export function addStyles(css: string): CSSStyleSheet {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(harden(css));
    own.push(sheet);
    adopt();
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
  const { style } = sheet.cssRules[sheet.insertRule(".samtykke:not(#_){}")] as CSSStyleRule;
  const night = matchMedia("(prefers-color-scheme:dark)");
  const set = () => {
    const colours = scheme === "dark" || (scheme === "auto" && night.matches) ? dark : light;
    for (const [name, value] of Object.entries({ ...colours, radius: radius + "px", font })) {
      style.setProperty("--" + name, value);
    }
  };
  night.onchange = set;
  set();
}
