// What came since the visitor's decision, in a sentence: for the banner that asks again.
import type { Host, Part } from "../part.ts";

export const createGrown = ({ config, words, session }: Host): Pick<Part, "grown"> => ({
  grown() {
    const { texts, categories, language } = words;
    const { version = 0 } = session.decision() ?? {};
    /** The categories that grew, each with its new services. */
    const names = (session.ask() ?? []).map(({ key }) => {
      const fresh = config.services.filter(({ category, since = 0 }) => category === key && since > version);
      const name = categories[key] ?? key;
      return fresh.length ? `${name} (${fresh.map((each) => each.name).join(", ")})` : name;
    });
    return texts.changed?.replace("{names}", new Intl.ListFormat(language).format(names)) ?? "";
  },
});
