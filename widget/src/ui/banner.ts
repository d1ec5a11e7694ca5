// The first layer: what is asked, and three answers of equal reach.
import type { Config } from "../config.ts";
import type { Action } from "../consent.ts";
import type { Words } from "../languages.ts";
import { button, h, outermost } from "./dom.ts";
import type { Stage } from "./stage.ts";

export interface Banner {
  /** Builds and shows it; `changed` are names of the categories that grew since the visitor's decision. */
  show(words: Words, changed: readonly string[]): void;
  hide(): boolean;
  /** Says a short sentence without moving the focus. */
  say(message: string): void;
}

export interface Answers {
  readonly decide: (action: Action) => void;
  readonly settings: () => void;
}

/** Names in a row, as the language writes them. */
export function list(names: readonly string[], language: string): string {
  try {
    return new Intl.ListFormat(language).format(names);
  } catch {
    return names.join(", ");
  }
}

export function createBanner({ appearance }: Config, stage: Stage, { decide, settings }: Answers): Banner {
  let root: HTMLElement | undefined;
  let status: HTMLElement | undefined;

  const hide = () => {
    const shown = !!root;
    // Removed at once, not faded: tools that answer for the visitor look whether it has gone.
    if (root) stage.take(root);
    root = undefined;
    return shown;
  };

  return {
    show(words, changed) {
      hide();
      const { texts, language } = words;
      const text = (key: string) => texts[key] ?? "";
      status = h("p", { role: "status", hidden: "" });
      const content = h("div", {}, h("h2", { id: "samtykke-title" }, text("title")));
      if (appearance.logo) content.prepend(h("img", { src: appearance.logo, alt: "" }));
      if (changed.length) content.append(h("p", {}, text("changed").replace("{names}", list(changed, language))));
      content.append(h("p", {}, text("body")), status);
      root = h(
        "section",
        {
          ...outermost("samtykke", words, `${appearance.layout} ${appearance.position}`),
          role: "region",
          "aria-labelledby": "samtykke-title",
        },
        content,
        h(
          "div",
          { class: "actions" },
          button("reject-all", text("reject_all"), () => decide("reject_all")),
          button("accept-all", text("accept_all"), () => decide("accept_all")),
          button("settings", text("settings"), settings),
        ),
      );
      stage.put(root);
    },
    hide,
    say(message) {
      if (!status) return;
      status.hidden = false;
      status.textContent = message;
    },
  };
}
