// What the settings say of the visitor's decision.
import { button, categories, config, h, host, locales, session, text } from "./context.ts";

const when = (iso: string) =>
  new Intl.DateTimeFormat(locales, { dateStyle: "long", timeStyle: "short" }).format(new Date(iso));

/** What was decided and when, the number that proves it, and the way to take it back. */
export const state = (withdraw: () => HTMLElement): HTMLElement => {
  const { decided, decidedAt, source, services } = session._view();
  const { number, items } = host._storedQueue();
  if (!decided) return h("p", {}, text(source === "signal" ? "objection" : "state_undecided"));
  const granted = categories.filter(({ key }) => session._allowed(key)).map(({ name }) => name);
  const grantsAnything =
    config.categories.some(({ key }) => session._allowed(key)) || Object.values(services).includes(true);
  const copy = button(
    "copy",
    text("copy"),
    () => {
      void navigator.clipboard?.writeText(number as string).then(() => copy.replaceChildren(text("copied")));
    },
    "quiet",
  );
  const known = !!number && !items.length;
  return h(
    "div",
    { class: "state" },
    h("p", {}, text("state_decided").replace("{date}", when(decidedAt as string))),
    h("p", {}, "✓ " + new Intl.ListFormat(locales).format(granted)),
    items.length > 0 && h("p", {}, text("not_sent")),
    known && h("p", {}, text("consent_number") + ": ", h("code", {}, number)),
    known && copy,
    grantsAnything && withdraw(),
  );
};
