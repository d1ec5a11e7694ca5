// A stand-in for a chat: a bubble on the page that embeds it, and the conversation in localStorage.
(() => {
  if (window.praten) return;
  const KEY = "praten";
  const LIFETIME = 7 * 86400 * 1000;
  const language = document.currentScript.dataset.lang;
  const WORDS = {
    nb: {
      name: "Praten", open: "Åpne praten", close: "Lukk praten",
      hello: "Hei! Her svarer ingen mennesker, for butikken er oppdiktet. Men spør gjerne.",
      questions: [
        ["Når går båten?", "Tirsdag og fredag, hvis havet vil."],
        ["Hva har du lagret om meg?", "Denne samtalen, i din egen nettleser. Den slettes etter sju dager, eller når du trekker samtykket."],
        ["Klør ulla?", "Litt. Så gir den seg."],
      ],
    },
    nn: {
      name: "Praten", open: "Opne praten", close: "Lukk praten",
      hello: "Hei! Her svarar ingen menneske, for butikken er oppdikta. Men spør gjerne.",
      questions: [
        ["Når går båten?", "Tysdag og fredag, om havet vil."],
        ["Kva har du lagra om meg?", "Denne samtalen, i din eigen nettlesar. Han blir sletta etter sju dagar, eller når du trekkjer samtykket."],
        ["Klør ulla?", "Litt. Så gir ho seg."],
      ],
    },
    en: {
      name: "Praten", open: "Open the chat", close: "Close the chat",
      hello: "Hello! Nobody answers here, for the shop is invented. But do ask.",
      questions: [
        ["When does the boat leave?", "On Tuesdays and Fridays, sea permitting."],
        ["What have you stored about me?", "This conversation, in your own browser. It is deleted after seven days, or when you withdraw your consent."],
        ["Does the wool itch?", "A little. Then it stops."],
      ],
    },
  };
  const words = WORDS[language] ?? WORDS.nb;

  const load = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY));
      if (stored && Date.now() - stored.at < LIFETIME) return stored.lines;
    } catch {
      // Odd content is as good as none.
    }
    return [];
  };
  let lines = load();
  const save = () => localStorage.setItem(KEY, JSON.stringify({ at: Date.now(), lines }));

  const css = `
    .praten { position: fixed; right: 1rem; bottom: 1rem; z-index: 30; font: 1rem/1.45 system-ui, sans-serif; }
    .praten button { font: inherit; cursor: pointer; }
    .praten-bubble { width: 3.5rem; height: 3.5rem; border: 0; border-radius: 50% 50% 8px 50%; background: #6b4a78; color: #fff; box-shadow: 0 4px 16px #0005; }
    .praten-bubble svg { display: block; width: 1.75rem; margin: auto; fill: currentColor; }
    .praten-box { position: absolute; right: 0; bottom: 4.25rem; display: flex; flex-direction: column; width: min(20rem, calc(100vw - 2rem)); max-height: min(28rem, calc(100dvh - 9rem)); overflow: hidden; border-radius: 12px; background: #fff; color: #241a29; box-shadow: 0 8px 40px #0006; }
    .praten-box[hidden] { display: none; }
    .praten-box > b { margin: 0; padding: .75rem 1rem; background: #6b4a78; color: #fff; font: 600 1rem/1.4 system-ui, sans-serif; letter-spacing: 0; }
    .praten-talk { display: flex; flex-direction: column; gap: .5rem; margin: 0; padding: 1rem; overflow: auto; }
    .praten-talk p { margin: 0; max-width: 85%; padding: .5rem .75rem; border-radius: 12px 12px 12px 2px; background: #efe8f2; }
    .praten-talk .mine { align-self: flex-end; border-radius: 12px 12px 2px 12px; background: #6b4a78; color: #fff; }
    .praten-ask { display: flex; flex-wrap: wrap; gap: .5rem; padding: .75rem 1rem 1rem; border-top: 1px solid #e3d8e8; }
    .praten-ask button { min-height: 2.5rem; padding: .35rem .75rem; border: 1px solid #6b4a78; border-radius: 1.5rem; background: #fff; color: #53375f; }
    .praten :focus-visible { outline: 3px solid #241a29; outline-offset: 2px; }
    @media print { .praten { display: none; } }`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const root = make("section", "praten");
  root.setAttribute("aria-label", words.name);
  root.lang = language;
  const box = make("div", "praten-box");
  box.hidden = true;
  const talk = make("div", "praten-talk");
  talk.setAttribute("role", "log");
  talk.setAttribute("aria-label", words.name);
  talk.tabIndex = 0;
  const choices = make("div", "praten-ask");
  const bubble = make("button", "praten-bubble");
  bubble.type = "button";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", "M3 4h18v12H9l-6 5z");
  svg.append(shape);
  bubble.append(svg);

  const say = (text, mine) => {
    const line = make("p", mine ? "mine" : "theirs", text);
    talk.append(line);
    line.scrollIntoView({ block: "nearest" });
  };
  const show = (wanted) => {
    box.hidden = !wanted;
    bubble.setAttribute("aria-expanded", String(wanted));
    bubble.setAttribute("aria-label", wanted ? words.close : words.open);
  };

  say(words.hello, false);
  for (const index of lines) words.questions[index]?.forEach((text, part) => say(text, part === 0));
  words.questions.forEach(([question, answer], index) => {
    const choice = make("button", "", question);
    choice.type = "button";
    choice.addEventListener("click", () => {
      say(question, true);
      say(answer, false);
      lines = [...lines, index].slice(-20);
      save();
    });
    choices.append(choice);
  });
  box.append(make("b", "", words.name), talk, choices);
  bubble.addEventListener("click", () => show(box.hidden));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.hidden) return;
    show(false);
    bubble.focus();
  });
  show(false);
  root.append(box, bubble);
  document.body.append(root);
  save();

  window.praten = {
    open() {
      show(true);
      choices.querySelector("button").focus();
    },
    end() {
      root.remove();
      localStorage.removeItem(KEY);
      delete window.praten;
    },
  };
  dispatchEvent(new Event("praten:ready"));
})();
