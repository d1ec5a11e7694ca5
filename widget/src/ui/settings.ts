// The settings dialog: every purpose with its switch, every service with what it stores.
import type { Action, Requested } from "../consent.ts";
import { announce } from "./announcing.ts";
import { category, switches } from "./categories.ts";
import { ACCEPT_ALL, REJECT_ALL } from "../first_layer.ts";
import { button, categories, config, controller, h, host, text } from "./context.ts";
import { state } from "./state.ts";

let dialog: HTMLDialogElement | undefined;

/** Closes it at once, so that it can be opened again before the browser has reported that it is closed. */
export const close = () => {
  dialog?.close?.();
  dialog?.remove();
};

/** Who is responsible, and the visitor's rights in what was recorded: fetched, as hardly anybody reads so far. */
const about = () => {
  const place = h("section");
  const erased = () => {
    close();
    announce("erased");
    window.samtykke?.show();
  };
  void host
    ._extra()
    .then((part) => part._about(text, controller, erased))
    .then(
      (found) => place.replaceWith(found),
      () => {},
    );
  return place;
};

const answer = (action: Action, label: string | undefined, kind = "", requested?: () => Requested) =>
  button(
    action.replace("_", "-"),
    label,
    () => {
      const choice = requested?.();
      close();
      host._decide(action, "settings", choice);
      announce("saved");
    },
    kind,
  );

export function openSettings(): void {
  if (dialog?.isConnected) return;
  switches.clear();
  const { texts } = host._translation;
  const leave = button("close", "", close, "quiet");
  leave.setAttribute("aria-label", text("close"));
  const heading = h("h2", { id: "samtykke-heading", tabindex: "-1" }, text("settings_title"));
  const opened: HTMLDialogElement = h(
    "dialog",
    {
      ...host._outermost(host._translation, "samtykke-settings", config.sheet ? "sheet" : ""),
      "aria-labelledby": heading.id,
    },
    h("div", { class: "top" }, heading, leave),
    h(
      "div",
      { class: "body" },
      h("p", {}, text("settings_intro")),
      state(() => answer("withdraw", text("withdraw"), "quiet")),
      ...categories.map(category),
      about(),
    ),
    h(
      "div",
      { class: "bottom" },
      host._answers(
        answer("reject_all", texts[REJECT_ALL]),
        answer("accept_all", texts[ACCEPT_ALL]),
        answer("save", text("save"), "quiet", () => {
          const chosen = [...switches].map(([{ checked }, key]) => [key, checked] as const);
          // In this order, since a category may bear the name of a service.
          return Object.fromEntries(chosen.reverse());
        }),
      ),
    ),
  );
  // The visitor has closed it with a key. Another one may be open when this is reported.
  opened.addEventListener("close", () => opened.remove());
  dialog = opened;
  document.body.append(opened);
  // A browser without dialogs shows it all the same.
  opened.showModal?.();
  // A page on which something hides us must not stay locked behind what nobody sees.
  requestAnimationFrame(() => dialog?.getClientRects().length || close());
  heading.focus();
}
