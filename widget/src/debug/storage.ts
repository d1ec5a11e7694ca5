// What lies in the browser's storage although it was not allowed, or not declared.
import { momentAt, present, type DeclaredService, type Facts, type Stored } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** What this product stores itself. */
const OWN = /^samtykke($|[:-])/;

/** The kind of storage for a sentence: "local storage", "database". */
export const kindOf = ({ _kind: kind }: Stored): string =>
  kind === "indexed_db" ? "database" : kind.replace("_", " ");

/** Whether a declared name, with stars for any characters, is this one. */
const names = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[^*\w]/g, "\\$&").replace(/\*/g, ".*")}$`).test(name);

/** The services that declare it; several may share a name. */
const owners = ({ _kind: kind, _name: name }: Stored, services: readonly DeclaredService[]): DeclaredService[] =>
  services.filter(({ cookies }) => cookies.some(([each, pattern]) => each === kind && names(pattern, name)));

/** `fine`: allowed by the visitor, or necessary. `early`: set though not allowed. `left`: allowed no longer. */
export type Verdict = "own" | "fine" | "early" | "left" | "undeclared";

export interface Trace extends Stored {
  readonly _owner: DeclaredService | undefined;
  readonly _verdict: Verdict;
}

/** Everything stored, with whose it is and whether it may be there. */
export function traces({ _stored: stored, _banner: banner, _moments: moments }: Facts): Trace[] {
  return stored.map((each) => {
    const found = owners(each, banner.services);
    const then = momentAt(moments, each._seen);
    const may = (granted: readonly string[]) =>
      found.find(({ key, category }) => category === "necessary" || granted.includes(key));
    const owner = may(then._granted) ?? may(present(moments)._granted) ?? found[0];
    const verdict = OWN.test(each._name)
      ? "own"
      : !owner
        ? "undeclared"
        : may(then._granted)
          ? may(present(moments)._granted)
            ? "fine"
            : "left"
          : "early";
    return { ...each, _owner: owner, _verdict: verdict };
  });
}

function finding(trace: Trace, decided: boolean): Finding[] {
  const { _kind: kind, _name: name, _owner: owner, _verdict: verdict } = trace;
  const thing = kindOf(trace) + (/storage/.test(kind) ? " key" : "");
  if (verdict === "early" && owner) {
    return [
      {
        _id: `stored ${kind} ${name}`,
        _level: "fault",
        _title: `The ${thing} ${name} was set without consent`,
        _why: `The banner declares it for ${owner.name} (${owner.category}), which was not allowed. Hold back the script that sets it; what a server sets, it has to leave out until the cookie samtykke allows it.`,
        _where: "On the script that sets it:",
        _to: `<script type="text/plain" data-consent="${owner.category}" data-consent-service="${owner.key}" …>`,
      },
    ];
  }
  if (verdict === "left" && owner) {
    return [
      {
        _id: `left ${kind} ${name}`,
        _level: kind === "indexed_db" ? "note" : "warning",
        _title: `The ${thing} ${name} is still there`,
        _why: `${owner.name} is no longer allowed. What scripts may remove is removed at the withdrawal and a second later; this was written again, or only its server can remove it.`,
      },
    ];
  }
  if (verdict !== "undeclared") return [];
  return [
    {
      _id: `stored ${kind} ${name}`,
      _level: "warning",
      _title: `The ${thing} ${name} is not declared`,
      _why: `${decided ? "It is there" : "It is there before any choice"}, and the banner does not declare it. Declare it under the service that sets it: as necessary if the site cannot do without, and else hold that script back.`,
      _where: "In the studio, under Services: the cookies of the service.",
      _to: `{"name": ${JSON.stringify(name)}, "kind": "${kind}", "lifetime": "session", "purpose": {"en": "…"}}`,
    },
  ];
}

export const storage = (facts: Facts): Finding[] =>
  traces(facts).flatMap((trace) => finding(trace, momentAt(facts._moments, trace._seen)._decided));
