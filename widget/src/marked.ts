// What a website's own code marks an element with, so that it waits for consent.

/** Elements that name what they need. */
export const MARKED = "[data-consent],[data-consent-service]";
