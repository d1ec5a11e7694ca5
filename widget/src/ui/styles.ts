// Our style sheets: constructable ones, which a strict style policy allows, or else a <style> with our nonce.
import { h } from "./dom.ts";

/**
 * Every declaration is made `!important`: under an id's specificity, so that a page's own important rules for
 * `*` or `button` do not reach us. The visitor's own important rules still win, as they should.
 */
const harden = (css: string): string => css.replace(/[;}]/g, "!important$&");

const own: CSSStyleSheet[] = [];

/** Adopts our sheets in the document or a shadow root, also when the page has set its own list since. */
export const adopt = (root: DocumentOrShadowRoot = document): void => {
  const there = root.adoptedStyleSheets;
  if (!own.every((sheet) => there.includes(sheet))) root.adoptedStyleSheets = [...there, ...own];
};

/** Adds a style sheet to the document and returns it; what is `plain` yields to the page's own rules. */
export const addStyles = (css: string, plain = ""): CSSStyleSheet => {
  const text = harden(css) + plain;
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    own.push(sheet);
    adopt();
    return sheet;
  } catch {
    // Whatever script of the page has a nonce has the page's nonce.
    const { nonce = "" } = document.querySelector<HTMLScriptElement>("script[nonce]") ?? {};
    const style = h("style", { nonce }, text);
    document.documentElement.append(style);
    return style.sheet as CSSStyleSheet;
  }
};
