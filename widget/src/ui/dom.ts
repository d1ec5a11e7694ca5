// Building by DOM calls only: no markup is parsed, so a strict policy of the page is never in the way.
import type { Translation } from "../config.ts";

export type Attributes = Readonly<Record<string, string>>;
/** Anything false is left out. */
export type Child = Node | string | false | undefined;

export const h = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] => {
  const element = document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name] as string);
  element.append(...(children.filter((child) => child) as Node[]));
  return element;
};

/** The attributes of an outermost element of ours: our style, the language and its direction. */
export const outermost = ({ language, dir = "ltr" }: Translation, id: string, kind = ""): Attributes => ({
  id,
  class: "samtykke " + kind,
  lang: language,
  dir,
  "data-nosnippet": "",
});

export function button(action: string, label: string | undefined, press: () => unknown, kind = ""): HTMLButtonElement {
  const element = h("button", { type: "button", "data-samtykke-action": action, class: kind }, label);
  element.addEventListener("click", press);
  return element;
}

/** Refusing and accepting as a pair of one size, and what else there is. */
export function answers(refuse: Node, accept: Node, other: Node): HTMLElement {
  return h("div", { class: "actions" }, h("div", {}, refuse, accept), other);
}

/**
 * Runs `work` after the next paint, so that a click is answered first; at once when the page is being left, so
 * that nothing is lost. A tab in the background does not paint: it waits a quarter of a second.
 */
export const afterPaint = (work: () => void): void => {
  const run = () => {
    work();
    work = () => {};
  };
  addEventListener("pagehide", run);
  requestAnimationFrame(() => setTimeout(run));
  setTimeout(run, 250);
};
