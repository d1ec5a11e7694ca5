// What somebody has chosen to look at in the preview stays so on the next page of this tab.

const NAME = "preview";

/** What was chosen so far: `scheme`, `visitor`, `language` and `width`, each if it was. */
export function choices() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}

export function keep(values) {
  sessionStorage.setItem(NAME, JSON.stringify({ ...choices(), ...values }));
}
