// The editor of formatted text on the pages of the notice: Tiptap in place of a textarea, which stays the field
// that is sent. Text without formatting stays plain text; formatted text is the HTML that the server keeps.
import { Editor } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { withoutForeignFormatting } from "./pasting.js";
import { fromField, toField } from "./rich_text_value.js";
import { say } from "./words.js";

const ADDRESS = /^(?:https?:\/\/|mailto:|tel:)\S+$/i;

/** What is shown on buttons: paths on a field of 24 by 24. */
const SHAPES = {
  bold: "M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z",
  italic: "M10 5h8M6 19h8M14 5l-4 14",
  heading: "M5 5v14M15 5v14M5 12h10M19 19v-8",
  subheading: "M5 7v10M12 7v10M5 12h7M16 12l4 5M20 12l-4 5",
  bullets: "M9 6h11M9 12h11M9 18h11M4.5 6v.01M4.5 12v.01M4.5 18v.01",
  numbers: "M10 6h10M10 12h10M10 18h10M4 5h1.5v4M4 15h2.5v1.5L4 19h2.5",
  quote: "M5 6v12M9 8h11M9 12h11M9 16h7",
  link: "M9 15l6-6M11 6l1-1a4.2 4.2 0 0 1 6 6l-1 1M13 18l-1 1a4.2 4.2 0 0 1-6-6l1-1",
  undo: "M4 9h10a5 5 0 0 1 0 10h-3M8 5 4 9l4 4",
  redo: "M20 9H10a5 5 0 0 0 0 10h3M16 5l4 4-4 4",
};

/** Buttons in order: shape, name, keys, what it does, whether that is on where the caret is (absent: no switch). */
const BUTTONS = [
  ["bold", say("Bold"), "Control+B", (to) => to.toggleBold(), (is) => is("bold")],
  ["italic", say("Italic"), "Control+I", (to) => to.toggleItalic(), (is) => is("italic")],
  ["heading", say("Heading"), "Control+Alt+3", (to) => to.toggleHeading({ level: 3 }), (is) => is("heading", { level: 3 })],
  ["subheading", say("Smaller heading"), "Control+Alt+4", (to) => to.toggleHeading({ level: 4 }), (is) => is("heading", { level: 4 })],
  ["bullets", say("Bulleted list"), "Control+Shift+8", (to) => to.toggleBulletList(), (is) => is("bulletList")],
  ["numbers", say("Numbered list"), "Control+Shift+7", (to) => to.toggleOrderedList(), (is) => is("orderedList")],
  ["quote", say("Quotation"), "Control+Shift+B", (to) => to.toggleBlockquote(), (is) => is("blockquote")],
  ["link", say("Link"), "Control+K", null, (is) => is("link")],
  ["undo", say("Undo"), "Control+Z", (to) => to.undo()],
  ["redo", say("Redo"), "Control+Y", (to) => to.redo()],
];

const EXTENSIONS = [
  StarterKit.configure({
    code: false,
    codeBlock: false,
    dropcursor: false,
    gapcursor: false,
    horizontalRule: false,
    strike: false,
    trailingNode: false,
    underline: false,
    heading: { levels: [3, 4] },
    link: {
      autolink: false,
      openOnClick: false,
      // The server sets these itself.
      HTMLAttributes: { target: null, rel: null },
      isAllowedUri: (uri) => ADDRESS.test(uri),
    },
  }),
];

/** Textarea → its editor, for those that are on the page. */
const editors = new Map();

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { class: "icon", viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" };
  const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.75, "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries({ ...attributes, ...line })) svg.setAttribute(key, value);
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** An address as it is meant: with https:// or mailto: in front where nothing is. Undefined: it is none. */
function completed(text) {
  const typed = text.trim();
  if (ADDRESS.test(typed)) return typed;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(typed)) return `mailto:${typed}`;
  if (/^[\p{L}\d-]+(?:\.[\p{L}\d-]+)+(?:[/?#]\S*)?$/u.test(typed)) return `https://${typed}`;
  return undefined;
}

/**
 * Puts the caret into the text at once. The library's own command does so in the next frame, and what is typed
 * until then would be lost.
 */
function enter(editor) {
  editor.view.focus();
  editor.commands.scrollIntoView();
}

/** The line in which the address of a link is typed. */
function linkForm(id, editor) {
  const input = element("input", { class: "form-control", id: `${id}-link`, type: "text", inputmode: "url", autocomplete: "off", placeholder: "https://" });
  const fault = element("p", { class: "field-error", id: `${id}-link-error`, hidden: "" }, say("This is not an address such as https://www.example.no."));
  const button = (label, kind) => element("button", { type: "button", class: `btn btn-sm${kind}` }, label);
  const set = button(say("Set link"), "");
  const remove = button(say("Remove link"), " btn-quiet");
  const cancel = button(say("Cancel"), " btn-quiet");
  const line = element("div", { class: "rich-link", hidden: "" },
    element("label", { class: "form-label", for: input.id }, say("Address of the link")), input, fault,
    element("div", { class: "buttons" }, set, remove, cancel));

  const close = () => {
    line.hidden = true;
    enter(editor);
  };
  const apply = () => {
    const href = completed(input.value);
    fault.hidden = href !== undefined;
    input.toggleAttribute("aria-invalid", href === undefined);
    if (href === undefined) {
      input.setAttribute("aria-describedby", fault.id);
      return input.focus();
    }
    enter(editor);
    const chain = editor.chain().extendMarkRange("link");
    if (editor.state.selection.empty && !editor.isActive("link")) {
      chain.insertContent({ type: "text", text: input.value.trim(), marks: [{ type: "link", attrs: { href } }] });
    } else {
      chain.setLink({ href });
    }
    chain.run();
    close();
  };
  set.addEventListener("click", apply);
  cancel.addEventListener("click", close);
  remove.addEventListener("click", () => {
    editor.chain().extendMarkRange("link").unsetLink().run();
    close();
  });
  line.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key !== "Enter" || event.target !== input) return;
    // Otherwise the whole page would be saved.
    event.preventDefault();
    apply();
  });
  const open = () => {
    fault.hidden = true;
    input.removeAttribute("aria-invalid");
    input.value = editor.getAttributes("link").href ?? "";
    remove.hidden = !editor.isActive("link");
    line.hidden = false;
    input.focus();
  };
  // What is typed here is no change of the text yet.
  line.addEventListener("input", (event) => event.stopPropagation());
  return { line, open };
}

/** The buttons above the text. One of them can be reached with Tab, the others with the arrow keys (WAI-ARIA). */
function toolbar(id, editor, openLink) {
  const bar = element("div", { class: "rich-bar", role: "toolbar", "aria-label": say("Formatting"), "aria-controls": id });
  const buttons = BUTTONS.map(([name, label, keys, run, isOn], index) => {
    const button = element("button", { type: "button", "aria-label": label, "aria-keyshortcuts": keys, title: `${label} (${keys.replace("Control", "Ctrl")})`, tabindex: index ? "-1" : "0" }, shape(name));
    if (isOn) button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      if (!run) return openLink();
      enter(editor);
      run(editor.chain()).run();
    });
    bar.append(button);
    return button;
  });
  // A mouse leaves the focus in the text, where typing goes on.
  bar.addEventListener("mousedown", (event) => event.preventDefault());
  const reach = (index) => {
    const next = buttons[(index + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  };
  bar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") enter(editor);
    if (to === undefined) return;
    event.preventDefault();
    reach(to);
  });
  const show = () => {
    BUTTONS.forEach(([name, , , , isOn], index) => {
      const button = buttons[index];
      const set = (attribute, value) => button.setAttribute(attribute, String(value));
      if (isOn) set("aria-pressed", isOn((...what) => editor.isActive(...what)));
      // Not `disabled`: that would take the focus from a button that was just pressed.
      if (name === "undo" || name === "redo") set("aria-disabled", !editor.can()[name]());
    });
  };
  return { bar, show, focus: () => reach(buttons.findIndex((button) => button.tabIndex === 0)) };
}

/** Puts an editor in the place of a textarea. */
function start(field) {
  const id = field.id;
  const label = document.querySelector(`label[for="${CSS.escape(id)}"]`);
  label.id ||= `${id}-label`;
  const attributes = {
    id,
    class: "rich-text",
    role: "textbox",
    "aria-multiline": "true",
    "aria-labelledby": label.id,
    lang: field.lang,
    dir: "auto",
    spellcheck: "true",
  };
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (field.hasAttribute(name)) attributes[name] = field.getAttribute(name);
  }
  // The label, links to the field, and the address of a finding lead to the editor from now on.
  field.id = `${id}-source`;
  const box = element("div", { class: `rich${field.classList.contains("is-invalid") ? " is-invalid" : ""}` });
  field.before(box);
  field.hidden = true;
  let parts;
  const editor = new Editor({
    element: box,
    injectCSS: false,
    extensions: EXTENSIONS,
    content: fromField(field.value),
    editorProps: {
      attributes,
      transformPastedHTML: withoutForeignFormatting,
      handleDOMEvents: {
        keydown: (_view, event) => {
          if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            parts.link.open();
            return true;
          }
          if (event.key === "F10" && event.altKey) {
            event.preventDefault();
            parts.bar.focus();
            return true;
          }
          // It leaves the field, in lists too.
          return event.key === "Tab";
        },
      },
    },
    onUpdate: () => {
      field.value = toField(editor.state.doc, editor.getHTML());
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: () => parts?.bar.show(),
  });
  const link = linkForm(id, editor);
  parts = { link, bar: toolbar(id, editor, link.open) };
  box.prepend(parts.bar.bar, link.line);
  parts.bar.show();
  label.addEventListener("click", () => enter(editor));
  field.addEventListener("value-replaced", () => editor.commands.setContent(fromField(field.value), { emitUpdate: false }));
  editors.set(field, editor);
}

/** Leaves the field as it was. htmx copies attributes between old and new elements of one id: it must see fields. */
function stop(field, editor) {
  const { dom } = editor.view;
  const { id } = dom;
  const box = dom.closest(".rich");
  editor.destroy();
  box.remove();
  field.id = id;
  field.hidden = false;
  editors.delete(field);
}

function startAll() {
  for (const field of document.querySelectorAll("textarea[data-rich-text]")) if (!editors.has(field)) start(field);
}

startAll();
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap) return;
  for (const [field, editor] of editors) if (detail.target.contains(field)) stop(field, editor);
});
document.addEventListener("htmx:afterSettle", startAll);
document.addEventListener("fields-added", startAll);
const named = decodeURIComponent(location.hash.slice(1));
for (const editor of editors.values()) if (editor.view.dom.id === named) enter(editor);
