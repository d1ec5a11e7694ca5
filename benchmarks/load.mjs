// One measured load. Takes a JSON description as its argument, prints a JSON result.
// {url, kind: "get" | "decide" | "event", seconds, connections, version, origin, rate: number | null, in requests a second}
// With an amount in place of seconds, so many decisions or events of four kinds are sent, and the acknowledged ones
// counted by kind.
// With a rate, the ids of the decisions that were acknowledged are in the result, to be looked for afterwards.
import autocannon from "autocannon";
import { randomBytes } from "node:crypto";

const load = JSON.parse(process.argv[2]);
const id = () => randomBytes(16).toString("base64url");

const choices = (functional, statistics, advertising) => ({ functional, statistics, advertising });
const ACCEPTED = { action: "accept_all", choices: choices(true, true, true) };
const KINDS = [
  ACCEPTED,
  { action: "reject_all", choices: choices(false, false, false) },
  { action: "save", choices: choices(true, false, false) },
  ACCEPTED,
  { action: "withdraw", choices: choices(false, false, false) },
];

const decision = (kind) =>
  JSON.stringify({
    id: id(),
    visitor: id(),
    version: load.version,
    language: "nb",
    surface: "banner",
    ...kind,
  });

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0";
const EVENTS = [
  { action: "shown", agent: PHONE },
  { action: "shown", agent: DESKTOP },
  { action: "accept_all", agent: PHONE },
  { action: "reject_all", agent: DESKTOP },
  { action: "settings_opened", agent: PHONE },
];

const event = ({ action }) => JSON.stringify({ event: action, version: load.version, language: "nb" });

let sent = 0;
const kinds = load.kind === "event" ? EVENTS : KINDS;
const byAction = Object.fromEntries(kinds.map(({ action }) => [action, 0]));
const tally = (status, _body, context) => {
  if (status === 201 || status === 204) byAction[context.kind.action] += 1;
};

const acknowledged = [];
const remember = (status, body) => {
  if (status === 200 || status === 201) acknowledged.push(JSON.parse(body).id);
};

const request =
  load.kind === "get"
    ? { method: "GET", headers: { "accept-encoding": "br" } }
    : {
        method: "POST",
        headers: { "content-type": "text/plain;charset=UTF-8", origin: load.origin },
        setupRequest: (request, context) => {
          context.kind = load.amount ? kinds[sent++ % kinds.length] : ACCEPTED;
          if (load.kind !== "event") return { ...request, body: decision(context.kind) };
          const headers = { ...request.headers, "user-agent": context.kind.agent };
          return { ...request, headers, body: event(context.kind) };
        },
        ...(load.amount && { onResponse: tally }),
        // Only where the generator has time for it: at full rate it would take the server's.
        ...(load.rate && { onResponse: remember }),
      };

const result = await autocannon({
  url: load.url,
  connections: load.connections,
  ...(load.amount ? { amount: load.amount } : { duration: load.seconds }),
  ...(load.rate && { overallRate: load.rate }),
  requests: [request],
});

console.log(
  JSON.stringify({
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    succeeded: result["2xx"],
    failed: result.non2xx + result.errors + result.timeouts,
    acknowledged,
    ...(load.amount && { byAction }),
  }),
);
