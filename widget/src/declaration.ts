// The cookie declaration on a page of the site, in place of what its `<div data-samtykke-declaration>` held before.
import type { CookieDeclaration, DeclarationFact, DeclarationText } from "./config.ts";
import { NOTICE, REOPEN } from "./first_layer.ts";
import type { Host } from "./part.ts";
import css from "./ui/declaration.css";

/** Level of the categories' headings, unless the element says another one in `data-level`. */
const LEVEL = 3;

let styled = false;

/** Replaces what the element holds; rejects where the declaration cannot be fetched, and the element stays as it is. */
export const showDeclaration = async (place: HTMLElement, host: Host): Promise<void> => {
  const { _config: config, _h: h, _session: session, _translation: translation } = host;
  const { language, texts } = translation;
  const address = `${config.origin}/s/${config.site}/cookies.json?lang=${language}`;
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error("samtykke: " + answer.status);
  const { categories, dir, in_force: inForce, labels, language: main, notice } = (await answer.json()) as CookieDeclaration;

  const level = parseInt(place.dataset.level ?? "") || LEVEL;
  const heading = (below: number, text: string) => h(`h${Math.max(2, Math.min(6, level + below))}` as "h3", {}, text);
  /** A text that is in another language than the rest says so. */
  const words = ({ text, lang }: DeclarationText) => (lang === main ? text : h("span", { lang }, text));
  const value = (each: DeclarationText, href?: string) =>
    href && /^https?:/.test(href) ? h("a", { href, rel: "noreferrer" }, each.text) : words(each);
  const list = (facts: readonly DeclarationFact[]) =>
    h(
      "dl",
      {},
      ...facts.map(({ key, values, href }) =>
        h("div", {}, h("dt", {}, words(labels[key])), ...values.map((each) => h("dd", {}, value(each, href)))),
      ),
    );
  const cookies = labels.cookies.text;

  /** What each category says of the visitor's own decision, kept up to date. */
  const states = new Map<string, HTMLElement>();
  const update = () => {
    const { decided } = session._view();
    for (const [key, state] of states) {
      const own = decided ? (session._allowed(key) ? labels.granted : labels.refused) : labels.undecided;
      state.replaceChildren(words(own));
    }
  };
  const content = categories.map(({ key, name, description, necessary, services }) => {
    const state = h("p", {}, words(labels.always_on));
    if (!necessary) states.set(key, state);
    return h(
      "section",
      {},
      heading(0, name.text),
      h("p", {}, words(description)),
      state,
      ...services.flatMap((service) => [
        heading(1, service.name),
        list(service.facts),
        service.cookies.length
          ? h(
              "div",
              {},
              heading(2, cookies),
              h("ul", {}, ...service.cookies.map((each) => h("li", {}, h("code", {}, each.name), list(each.facts)))),
            )
          : h("p", {}, words(labels[service.stores_nothing ? "stores_nothing" : "nothing_stored"])),
      ]),
    );
  });
  update();
  document.addEventListener("samtykke:change", update);

  if (!styled) host._addStyles("", css);
  styled = true;
  place.lang = main;
  place.dir = dir;
  place.replaceChildren(
    h("p", {}, h("button", { type: "button", "data-consent-open": "" }, texts[REOPEN])),
    ...content,
    h("p", {}, words(inForce)),
    h("p", {}, h("a", { href: notice }, texts[NOTICE])),
  );
};
