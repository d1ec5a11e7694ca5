// The settings dialog: every purpose with its switch, every service with what it stores.
import type { Action, Requested } from "../consent.ts";
import { announce } from "./announcing.ts";
import { category, switches } from "./categories.ts";
import { button, categories, config, h, host, session, text } from "./context.ts";
import { state } from "./state.ts";

let dialog: HTMLDialogElement | undefined;

export const close = () => (dialog?.close ? dialog.close() : dialog?.dispatchEvent(new Event("close")));

/** The visitor's rights in what was recorded are asked of the server: without it there is nothing to press. */
const rights = () => {
  const place = h("section");
  const erased = () => {
    close();
    announce("erased");
    window.samtykke?.show();
  };
  void host._extra().then(
    (part) => place.replaceWith(part._rights(text, erased)),
    () => {},
  );
  return place;
};

const answer = (action: string, label: string, kind = "", requested?: () => Requested) =>
  button(
    action,
    text(label),
    () => {
      const choice = requested?.();
      close();
      host._decide(action.replace("-", "_") as Action, "settings", choice);
      announce("saved");
    },
    kind,
  );

export function openSettings(): void {
  if (dialog) return;
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
      state(() => answer("withdraw", "withdraw", "quiet")),
      ...categories.map(category),
      !!session._decision() && rights(),
    ),
    h(
      "div",
      { class: "bottom" },
      host._answers(
        answer("reject-all", "reject_all"),
        answer("accept-all", "accept_all"),
        answer("save", "save", "quiet", () => {
          const chosen = [...switches].map(([{ checked }, key]) => [key, checked] as const);
          // In this order, since a category may bear the name of a service.
          return Object.fromEntries(chosen.reverse());
        }),
      ),
    ),
  );
  opened.addEventListener("close", () => {
    dialog = undefined;
    switches.clear();
    opened.remove();
  });
  dialog = opened;
  document.body.append(opened);
  // A browser without dialogs shows it all the same.
  opened.showModal?.();
  // A page on which something hides us must not stay locked behind what nobody sees.
  requestAnimationFrame(() => opened.getClientRects().length || close());
  heading.focus();
}
