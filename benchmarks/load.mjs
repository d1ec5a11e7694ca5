// One measured load. Takes a JSON description as its argument, prints a JSON result.
// {url, kind: "get" | "decide", seconds, connections, version, origin, rate: number | null, in requests a second}
// With an amount in place of seconds, so many decisions of four kinds are sent, and the acknowledged ones counted by kind.
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

let sent = 0;
const byAction = Object.fromEntries(KINDS.map(({ action }) => [action, 0]));
const tally = (status, _body, context) => {
  if (status === 201) byAction[context.kind.action] += 1;
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
          context.kind = load.amount ? KINDS[sent++ % KINDS.length] : ACCEPTED;
          return { ...request, body: decision(context.kind) };
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
