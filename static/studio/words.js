// What the scripts say, in the language of the page: `script_words.py` has the translations of the sentences here.

const words = JSON.parse(document.getElementById("words")?.textContent || "{}");

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A name for a sentence: one that runs from right to left does not turn what stands beside it. */
function isolated(name) {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}

/** A sentence in the language of the page, with its places `%(name)s` filled. */
export function say(english, places = {}) {
  return (words[english] ?? english).replaceAll(/%\((\w+)\)s/g, (_place, name) => isolated(places[name]));
}

/** A number with one decimal, as the language of the page writes it; browsers do not know all of them. */
export function decimal(number) {
  return number.toFixed(1).replace(".", document.documentElement.lang === "en" ? "." : ",");
}
