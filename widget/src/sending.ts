// How a decision reaches the server.
import type { Config } from "./config.ts";
import { leaving } from "./leaving.ts";
import type { post } from "./post.ts";
import type { Answer, Message } from "./queue.ts";

export const sender =
  ({ http, domain = "" }: Config, send: typeof post) =>
  async (message: Message, signal: AbortSignal): Promise<Answer> => {
    // The cookie in an answer that the page does not get would mark the decision as sent.
    const asked = http && !leaving;
    // Where the server is first-party, it sets our cookie again: some browsers store such a one for longer.
    const answer = await send("decisions" + (asked ? "?cookie=" + domain : ""), message, asked, signal);
    const body = (await answer.json().catch(() => ({}))) as { consent_id?: string };
    return { _status: answer.status, _wait: +(answer.headers.get("Retry-After") as string), _number: body.consent_id };
  };
