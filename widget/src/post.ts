// How a message reaches the server: one request without a pre-flight, which outlives the page.
import { config } from "./context.ts";
import { current } from "./texts.ts";

/** What the visitor is shown here: the main language until the texts have loaded. */
export const shown = () => ({ version: config.version, language: current.language });

/** The address of a public page of the site, in a language. */
export const address = (language: string, page: string): string =>
  `${config.origin}/s/${config.site}/${page}?lang=${language}`;

/**
 * Sends a message to a path of the site, with what is shown unless the message says that itself.
 *
 * @param included Whether the server may read and set its cookie.
 */
export const post = (path: string, message: object, included?: boolean, signal?: AbortSignal): Promise<Response> =>
  fetch(`${config.draft ?? config.origin}/api/v1/sites/${config.site}/${path}`, {
    method: "POST",
    keepalive: true,
    signal: signal as AbortSignal,
    credentials: included ? "include" : "omit",
    // Text by itself, so that no pre-flight is needed.
    body: JSON.stringify({ ...shown(), ...message }),
  });
