// The end of the settings: who is responsible, and the rights that a visitor has in what was recorded.
import type { SettingsChunk } from "../config.ts";
import type { Host, Part } from "../part.ts";

/** What is said of the controller, by the key of its text, and where it leads. */
export type Facts = SettingsChunk["controller"];

/** Who is responsible and how to reach them, with the pages on which they state all of it. */
const responsible = (text: (key: string) => string, facts: Facts, address: (page: string) => string, { _h: h }: Host) => {
  // A mail program and a telephone need no tab of their own.
  const link = (href: string, words: string) =>
    h("a", { href, rel: "noopener noreferrer", ...(/^http/.test(href) && { target: "_blank" }) }, words);
  const list = h("dl", {});
  facts.forEach(([key, value, href], index) => {
    const fact = href ? link(href, value) : value;
    // Several ways to reach somebody stand under one label.
    if (facts[index - 1]?.[0] === key) list.lastElementChild!.lastElementChild!.append(h("br", {}), fact);
    else list.append(h("div", {}, h("dt", {}, text(key)), h("dd", {}, fact)));
  });
  return h(
    "section",
    {},
    list,
    h("p", {}, link(address("notice"), text("privacy_link"))),
    h("p", {}, link(address("cookies"), text("cookies_heading"))),
  );
};

/** To have what was recorded, to see it on a page of its own, and to have it erased. */
const rights = (
  text: (key: string) => string,
  erased: () => void,
  page: string,
  { _h: h, _button: button }: Host,
  { _me: me, _download: download }: Pick<Part, "_me" | "_download">,
) => {
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
  return h(
    "section",
    {},
    h("p", {}, h("a", { href: page, target: "_blank", rel: "noopener noreferrer" }, text("my_choice"))),
    button("export", text("export"), tried(download), "quiet"),
    wipe,
    status,
  );
};

/** @param erased Called when nothing is left of what was recorded. */
export const about = (
  text: (key: string) => string,
  facts: Facts,
  erased: () => void,
  host: Host,
  records: Pick<Part, "_me" | "_download">,
): Node => {
  const { _config: config, _session: session, _translation: translation } = host;
  const visitor = session._decision()?.visitor;
  const address = (page: string) => `${config.origin}/s/${config.site}/${page}?lang=${translation.language}`;
  const parts = new DocumentFragment();
  if (facts[0]) parts.append(responsible(text, facts, address, host));
  // The rights in what was recorded are asked of the server: without a decision there is nothing to press. The secret
  // stands in the fragment, which no browser sends to a server.
  // The page leads back to where the visitor comes from.
  const page = `${address("my-choice")}&from=${encodeURIComponent(location.origin)}#${visitor}`;
  if (visitor) parts.append(rights(text, erased, page, host, records));
  return parts;
};
