// Finds a consent banner that no rule knows, by its words and its buttons: `answer` is "look", "accept_all" or
// "reject_all". The answer: {shown, buttons, pressed}.
(answer) => {
  const about = /cookie|informasjonskaps|personvern|samtykke|consent|kakor|evästei|einwilligung|datenschutz|confidentialit|privacy|vafrak/i;
  const words = {
    reject_all:
      /^(avvis|avslå|avslag|nekt|nei|kun nødvendig|bare nødvendig|berre nødvendig|kun strengt|godta (kun|bare) nødvendig|tillat (kun|bare) nødvendig|reject|decline|deny|refuse|disagree|no thanks|only (the )?(necessary|essential)|(use |accept |allow )?(only )?(strictly )?(necessary|essential)( cookies)? only|necessary only|continue without|afvis|kun nødvendige|neka|avvisa|endast nödvändig|ablehnen|alle ablehnen|nur notwendige|tout refuser|refuser|continuer sans|rechazar|rifiuta|weiger|alles weigeren)/i,
    accept_all:
      /^(godta|aksepter|godkjenn|tillat|samtykk|ja|ok\b|jeg (godtar|forstår|samtykker)|eg (godtek|forstår)|accept|allow|agree|i (accept|agree|understand)|got it|yes|acceptera|tillåt|godkänn|accepter|tillad|akzeptieren|alle akzeptieren|zustimmen|tout accepter|aceptar|accetta|accepteren|alles accepteren)/i,
  };
  const visible = (element) => {
    const { width, height } = element.getBoundingClientRect();
    const { visibility, display, opacity } = getComputedStyle(element);
    return width > 20 && height > 10 && visibility === "visible" && display !== "none" && opacity !== "0";
  };
  const all = (root, found = []) => {
    for (const element of root.querySelectorAll("*")) {
      if (found.length > 20000) break;
      found.push(element);
      if (element.shadowRoot) all(element.shadowRoot, found);
    }
    return found;
  };
  const wordsOf = (element) =>
    element.shadowRoot
      ? [...element.shadowRoot.children].map(({ innerText = "" }) => innerText).join(" ")
      : element.innerText || element.value || element.getAttribute("aria-label") || "";
  const text = (element) => wordsOf(element).replace(/\s+/g, " ").trim();
  const floating = (element) =>
    ["fixed", "sticky"].includes(getComputedStyle(element).position) ||
    (element.tagName === "DIALOG" && element.open) ||
    ["dialog", "alertdialog"].includes(element.getAttribute("role")) ||
    /cookie|consent/i.test(`${element.id} ${element.getAttribute("class") ?? ""}`);
  const buttons = (root) =>
    all(root)
      .filter((each) => each.matches("button, a, input[type=button], input[type=submit], [role=button]"))
      .filter((each) => visible(each) && text(each).length > 0 && text(each).length < 60);
  const isNo = (each) => words.reject_all.test(text(each));
  const isYes = (each) => words.accept_all.test(text(each)) && !isNo(each);
  for (const element of all(document)) {
    if (!/^(DIV|SECTION|ASIDE|DIALOG|FORM|FOOTER|HEADER|NAV|P|[A-Z]+-.*)$/.test(element.tagName)) continue;
    if (!floating(element) || !visible(element)) continue;
    const said = text(element);
    if (said.length < 20 || said.length > 6000 || !about.test(said)) continue;
    const choices = buttons(element.shadowRoot ?? element);
    if (!choices.some(isYes) && !choices.some(isNo)) continue;
    const meant = answer === "look" ? null : choices.find(answer === "accept_all" ? isYes : isNo);
    meant?.click();
    return { shown: true, pressed: Boolean(meant) };
  }
  return { shown: false, pressed: false };
};
