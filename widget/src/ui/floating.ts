// The small button that opens the settings, on pages of visitors who have decided.
import type { Fragment } from "../fragment.ts";
import { REOPEN } from "../first_layer.ts";
import css from "./floating.css";

export const floating: Fragment = (session, on, afterPaint, ...others) => {
  const [, , , , loadTexts, mount, { _h: h, _outermost: outermost, _addStyles: addStyles }] = others;
  const place = async () => {
    const translation = await loadTexts();
    // What is mounted later lies above a dialog that is open.
    const dialog = document.querySelector("#samtykke-settings");
    if (dialog) return dialog.addEventListener("close", place);
    addStyles(css);
    const label = translation.texts[REOPEN] as string;
    const open = { "data-consent-open": "", "aria-label": label, title: label };
    mount(h("button", { ...outermost(translation, "samtykke-open"), ...open }));
  };
  const consider = () => {
    if (session._ask()) return;
    stop();
    afterPaint(place);
  };
  const stop = on("change", consider);
  consider();
};
