// The rights that a visitor has in what was recorded: to have it, and to have it erased.
import type { Host, Part } from "../part.ts";

export const createRights = (
  { _h: h, _button: button }: Host,
  { _me: me, _download: download }: Pick<Part, "_me" | "_download">,
): Pick<Part, "_rights"> => ({
  _rights(text, erased) {
    const status = h("p", { role: "status" });
    const tried = (work: () => Promise<unknown>) => () => {
      void work().catch(() => status.replaceChildren(text("failed")));
    };
    const erase = async () => {
      await me("", "DELETE");
      erased();
    };
    const wipe = button(
      "erase",
      text("erase"),
      () => {
        const back = button(
          "cancel",
          text("cancel"),
          () => {
            ask.replaceWith(wipe);
            wipe.focus();
          },
          "quiet",
        );
        const sure = button("erase-yes", text("erase_yes"), tried(erase), "quiet");
        const ask = h("div", { role: "group", "aria-label": text("erase") }, h("p", {}, text("erase_ask")), sure, back);
        wipe.replaceWith(ask);
        back.focus();
      },
      "quiet",
    );
    return h("section", {}, button("export", text("export"), tried(download), "quiet"), wipe, status);
  },
});
