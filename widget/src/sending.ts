// How a decision reaches the server: one request without a pre-flight, which outlives the page.
import type { Config } from "./config.ts";
import { leaving } from "./leaving.ts";
import type { Answer, Message } from "./queue.ts";

export const sender =
  ({ origin, site, http, domain = "" }: Config) =>
  async (message: Message, signal: AbortSignal): Promise<Answer> => {
    // The cookie in an answer that the page does not get would mark the decision as sent.
    const asked = http && !leaving ? "?cookie=" + domain : "";
    const answer = await fetch(`${origin}/api/v1/sites/${site}/decisions${asked}`, {
      method: "POST",
      keepalive: true,
      signal,
      // Where the server is first-party, it sets our cookie again: some browsers store such a one for longer.
      credentials: asked ? "include" : "omit",
      // Text by itself, so that no pre-flight is needed.
      body: JSON.stringify(message),
    });
    const body = (await answer.json().catch(() => ({}))) as { consent_id?: string };
    return { _status: answer.status, _wait: Number(answer.headers.get("Retry-After")), _number: body.consent_id };
  };
