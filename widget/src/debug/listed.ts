// How a finding and a row are shown, and what can be done with them: copy the line, show the element.
import type { h as Make } from "../ui/dom.ts";
import type { Finding, Level } from "./finding.ts";
import type { Row } from "./rows.ts";

const CHIPS: Readonly<Record<Level, string>> = { fault: "Fault", warning: "Warning", note: "Note" };

/** How long the frame around an element stays, and a button says that it has copied; in milliseconds. */
const FRAMED = 2500;

export interface Listed {
  _finding(finding: Finding): HTMLElement;
  _row(row: Row): HTMLElement;
}

/** Copies a text, which is also the content of an element. */
async function write(text: string, element: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a safe origin there is no clipboard: the text is selected, ready for the keyboard.
    getSelection()?.selectAllChildren(element);
    document.execCommand("copy");
  }
}

/** `find` gives the element of an id, `marker` holds the frame around one, `announce` is for screen readers. */
export function createListed(
  find: (id: number) => Element | undefined,
  marker: HTMLElement,
  announce: (text: string) => void,
  h: typeof Make,
): Listed {
  const button = (label: string, press: (button: HTMLElement) => void) => {
    const made = h("button", { type: "button" }, label);
    made.addEventListener("click", () => press(made));
    return made;
  };
  const copy = async (text: string, code: HTMLElement, button: HTMLElement) => {
    await write(text, code);
    button.textContent = "Copied";
    announce("Copied.");
    setTimeout(() => (button.textContent = "Copy the line"), FRAMED);
  };
  const point = (id: number) => {
    const element = find(id);
    if (!element) return;
    element.scrollIntoView({ block: "center" });
    const frame = h("div", { class: "frame" });
    const { left, top, width, height } = element.getBoundingClientRect();
    const place = { left: left - 6, top: top - 6, width: width + 12, height: height + 12 };
    for (const [name, value] of Object.entries(place)) frame.style.setProperty(name, value + "px");
    marker.replaceChildren(frame);
    setTimeout(() => frame.remove(), FRAMED);
  };
  const show = (id: number | undefined) => {
    const box = id === undefined ? undefined : find(id)?.getBoundingClientRect();
    if (id === undefined || !box?.width) return false;
    return button("Show the element", () => point(id));
  };
  const source = (text: string) =>
    h("code", {}, ...text.split(/([ \n]+)/).map((part) => (/\S/.test(part) ? h("span", {}, part) : part)));
  const line = (label: string, text: string, kind: string) =>
    h("div", { class: kind }, h("p", {}, label), source(text));
  const copying = (text: string, change: HTMLElement) =>
    button("Copy the line", (pressed) => void copy(text, change.querySelector("code") as HTMLElement, pressed));
  return {
    _finding({ _level: level, _title: title, _why: why, _element: element, _from: from, _to: to, _where: where }) {
      const now = from ? line(to === "" ? "Remove this line" : "This line", from, "from") : false;
      const then = to
        ? line(
            where ??
              (!from ? "Add this line" : /\n\n/.test(to) ? "Change it to the one that it is for" : "Change it to"),
            to,
            "to",
          )
        : false;
      const shown = show(element);
      return h(
        "li",
        {},
        h("div", { class: "head" }, h("h3", {}, title), h("span", { class: "chip " + level }, CHIPS[level])),
        h("p", {}, why),
        (now || then) && h("div", { class: "change" }, now, then),
        (then || shown) && h("div", { class: "acts" }, then && copying(to ?? "", then), shown),
      );
    },
    _row({ _title: title, _code: code, _chip: chip, _kind: kind, _detail: detail, _element: element }) {
      const shown = show(element);
      return h(
        "li",
        {},
        h(
          "div",
          { class: "head" },
          h("b", {}, code ? source(title) : title),
          !!chip && h("span", { class: "chip " + kind }, chip),
        ),
        !!detail && h("p", {}, detail),
        shown && h("div", { class: "acts" }, shown),
      );
    },
  };
}
