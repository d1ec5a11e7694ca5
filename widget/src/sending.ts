// How a decision reaches the server: one request without a pre-flight, which outlives the page.
import type { Config } from "./config.ts";
import type { Surroundings } from "./queue.ts";

/** Days that a decision is worth sending, unless the consent itself is valid for less. */
const PATIENCE = 30;

export function surroundings({ origin, site, validity }: Config): Surroundings {
  return {
    store: () => localStorage,
    async send(message) {
      const answer = await fetch(`${origin}/api/v1/sites/${site}/decisions`, {
        method: "POST",
        keepalive: true,
        credentials: "omit",
        // Text by itself, so that no pre-flight is needed.
        body: JSON.stringify(message),
      });
      const body = (await answer.json().catch(() => ({}))) as { consent_id?: string };
      return { status: answer.status, wait: Number(answer.headers.get("Retry-After")), number: body.consent_id };
    },
    clock: Date.now,
    chance: Math.random,
    patience: Math.min(PATIENCE, validity),
    later: (work, milliseconds) => void setTimeout(work, milliseconds),
  };
}
