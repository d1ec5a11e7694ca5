// What has changed since the visitor's decision, where the banner was: to be read and closed, beside the page's own work.
import type { AnnouncementChunk } from "../config.ts";
import type { Page } from "../fragment.ts";
import css from "./announcement.css";

/**
 * @param due Whether the visitor's decision is still one from before the change.
 * @param remember Called when the visitor has closed it.
 */
export type ShowAnnouncement = (due: () => boolean, remember: () => void, page: Page) => Promise<void>;

export const makeAnnouncement =
  ({ version, words, rules, floating }: AnnouncementChunk): ShowAnnouncement =>
  async (due, remember, [, on, afterPaint, , , , config, loadTexts, , building]) => {
    const { _h: h, _button: button, _outermost: outermost, _addStyles: addStyles } = building;
    const translation = await loadTexts();
    const { language } = translation;
    const { heading, text, lang = language, link, close } = words[language]!;
    // The visitor has opened the banner meanwhile, or decided.
    if (document.querySelector("#samtykke") || !due()) return;

    const remove = () => {
      region.remove();
      document.removeEventListener("keydown", escape);
    };
    const dismiss = () => {
      remember();
      remove();
    };
    const escape = ({ key, defaultPrevented }: KeyboardEvent) => {
      // A dialog above it is closed first.
      if (key === "Escape" && !defaultPrevented && !document.querySelector("dialog[open]")) dismiss();
    };
    const href = `${config.origin}/s/${config.site}/notice/versions/${version}/changes?lang=${language}`;
    const more = h("a", { href, target: "_blank", rel: "noopener noreferrer" }, link);
    // After the browser has followed it.
    more.addEventListener("click", () => afterPaint(dismiss));
    const status = h("div", { role: "status" });
    const kind = floating ? "raised " : "";
    const region = h(
      "section",
      { ...outermost(translation, "samtykke-announcement", kind + "waiting"), "aria-label": heading },
      status,
      h("div", { class: "actions" }, more, button("close", close, dismiss, "quiet")),
    );
    addStyles(css + rules);
    on("show", remove);
    on("change", () => {
      if (!due()) remove();
    });
    document.addEventListener("keydown", escape);
    document.body.prepend(region);
    // A live region must be there before its text is, for the text to be read out.
    afterPaint(() => {
      const written = lang === language ? {} : { lang, dir: "auto" };
      status.append(h("h2", {}, heading), ...text.split("\n").map((line) => h("p", written, line)));
      region.classList.remove("waiting");
    });
  };
