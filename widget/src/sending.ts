// How a decision reaches the server: one request without a pre-flight, which outlives the page.
import type { Config } from "./config.ts";
import type { Surroundings } from "./queue.ts";

export function surroundings({ origin, site }: Config): Surroundings {
  return {
    store: () => localStorage,
    async send(message) {
      const answer = await fetch(`${origin}/api/v1/sites/${site}/decisions`, {
        method: "POST",
        keepalive: true,
        credentials: "omit",
        headers: { "Content-Type": "text/plain" },
        body: JSON.stringify(message),
      });
      const body = (await answer.json().catch(() => ({}))) as { consent_id?: string };
      return { status: answer.status, wait: Number(answer.headers.get("Retry-After")), number: body.consent_id };
    },
    now: Date.now,
    random: Math.random,
    later: (work, milliseconds) => void setTimeout(work, milliseconds),
  };
}
