// What the settings say of the visitor's decision.
import { button, categories, config, h, host, locales, session, text } from "./context.ts";

/** Milliseconds between two looks whether the decision has arrived. */
const PAUSE = 500;

const when = (iso: string) =>
  new Intl.DateTimeFormat(locales, { dateStyle: "long", timeStyle: "short" }).format(new Date(iso));

/** What was decided and when, the number that proves it, and the way to take it back. */
export const state = (withdraw: () => HTMLElement): HTMLElement => {
  const { decided, decidedAt, source, services } = session._view();
  if (!decided) return h("p", {}, text(source === "signal" ? "objection" : "state_undecided"));
  const granted = categories.filter(({ key }) => session._allowed(key)).map(({ name }) => name);
  const grantsAnything =
    config.categories.some(({ key }) => session._allowed(key)) || Object.values(services).includes(true);
  /** The number, as soon as the server has given one. */
  const proof = h("div");
  const prove = () => {
    const { number, items } = host._storedQueue();
    const copy = button(
      "copy",
      text("copy"),
      () => {
        void navigator.clipboard?.writeText(number as string).then(() => copy.replaceChildren(text("copied")));
      },
      "quiet",
    );
    // A decision is stored a moment after it was made: without a number, too, there is something to wait for.
    if (items[0] || !number) setTimeout(() => proof.isConnected && prove(), PAUSE);
    if (items[0]) proof.replaceChildren(h("p", {}, text("not_sent")));
    else if (number) proof.replaceChildren(h("p", {}, text("consent_number") + ": ", h("code", {}, number)), copy);
  };
  prove();
  return h(
    "div",
    { class: "state" },
    h("p", {}, text("state_decided").replace("{date}", when(decidedAt as string))),
    h("p", {}, "✓ " + new Intl.ListFormat(locales).format(granted)),
    proof,
    grantsAnything && withdraw(),
  );
};
