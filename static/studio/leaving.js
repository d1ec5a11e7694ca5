// What leaving the page waits for: the last saving of what was typed.

const PATIENCE = 4000; // milliseconds

/** Whether a click leads to another page of the studio in this tab. */
export function leads(event, link) {
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return false;
  return link.pathname !== location.pathname || link.search !== location.search;
}

/** A form that was put in the place of the one that was sent: what it undoes is newer. */
export const presentOf = (form) => (form.isConnected ? form : (document.getElementById(form.id) ?? form));

/** Ends with the promise, or when somebody has waited long enough. */
export const patiently = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, PATIENCE))]);
