// The strip that says that a draft is shown, or why it is not.
import type { Host } from "../part.ts";
import css from "./strip.css";

export interface Strip {
  readonly _language: string;
  readonly _title: string;
  readonly _text: string;
  readonly _buttons: readonly (readonly [label: string, press: () => void])[];
}

let styled = false;

/** Shows a strip at the top of the window, or at its end where the banner is at the top; returns what removes it. */
export const showStrip = (strip: Strip, { _h: h, _addStyles: addStyles }: Host): (() => void) => {
  if (!styled) addStyles(css);
  styled = true;
  document.querySelector("#samtykke-draft")?.remove();
  const said = h("p", { role: "status" });
  const element = h(
    "section",
    { id: "samtykke-draft", lang: strip._language, dir: "ltr", "aria-label": strip._title, popover: "manual" },
    said,
    h(
      "div",
      {},
      ...strip._buttons.map(([label, press]) => {
        const button = h("button", { type: "button" }, label);
        button.addEventListener("click", press);
        return button;
      }),
    ),
  );
  document.body.prepend(element);
  const stand = () => {
    // What came later lies above: after the banner, the strip is shown again.
    element.hidePopover?.();
    element.showPopover?.();
    const banner = document.querySelector("#samtykke")?.getBoundingClientRect();
    element.classList.toggle("low", !!banner && banner.top < innerHeight - banner.bottom && banner.bottom < innerHeight);
  };
  stand();
  // Screen readers read what comes into a live region that is there already.
  setTimeout(() => said.append(h("strong", {}, strip._title), " ", strip._text), 100);
  document.addEventListener("samtykke:show", stand);
  return () => {
    document.removeEventListener("samtykke:show", stand);
    element.remove();
  };
};
