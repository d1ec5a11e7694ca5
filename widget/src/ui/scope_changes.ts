// What came since the visitor's decision, in a sentence: for the banner that asks again.
import type { Reason } from "../config.ts";
import type { Host, Part } from "../part.ts";

/** @param reasons By language. */
export const createScopeChanges = (
  reasons: Readonly<Record<string, Reason>>,
  { _config: config, _translation: { language }, _session: session, _h: h }: Host,
): Pick<Part, "_scopeChanges"> => ({
  _scopeChanges() {
    const { text, categories, services, announcement } = reasons[language] as Reason;
    const { version = 0 } = session._decision() ?? {};
    /** The categories whose scope grew, each with its new services. */
    const names = (session._ask() ?? []).map(({ key }) => {
      const fresh = config.services.filter(({ category, since = 0 }) => category === key && since > version);
      const name = categories[key] ?? key;
      return fresh.length ? `${name} (${fresh.map(({ key }) => services[key] ?? key).join(", ")})` : name;
    });
    const sentence = text.replace("{names}", new Intl.ListFormat([language, "nb"]).format(names));
    if (!announcement || announcement[0] <= version) return sentence;
    const [, said, lang] = announcement;
    const lines = said.split("\n").flatMap((line) => [h("br"), line]);
    return h("span", {}, sentence, h("span", { lang }, ...lines));
  },
});
