// From what was seen to what is to be done: pure, the worst first.
import type { Facts } from "./facts.ts";
import type { Finding, Level } from "./finding.ts";
import { google } from "./google.ts";
import { hostOf } from "./hosts.ts";
import { marks } from "./marks.ts";
import { placement } from "./placement.ts";
import { requests } from "./requests.ts";
import { storage } from "./storage.ts";
import { tagManager } from "./tag_manager.ts";

const ORDER: readonly Level[] = ["fault", "warning", "note"];

/** Withdrawing has to be as easy as agreeing: there must be a way to it on every page. */
function wayBack({ waysBack, banner }: Facts): Finding[] {
  if (waysBack || banner.floating) return [];
  return [
    {
      id: "no-way-back",
      level: "warning",
      title: "Nothing on this page opens the settings",
      why: "Visitors must be able to change their mind as easily as they made it up. Put a link into the footer of every page.",
      where: "For example in the footer:",
      to: '<a href="#" data-consent-open>Change consent</a>',
    },
  ];
}

/** What the page's own policy stops of us, or of what was allowed. */
function policy({ refusals, banner, marked }: Facts): Finding[] {
  const server = new URL(banner.origin).origin;
  return refusals.flatMap(({ directive, address }): Finding[] => {
    const origin = /^https?:/.test(address) ? new URL(address).origin : "";
    const ours = origin === server;
    const allowed = marked.find((each) => each.permitted && [each.address, ...each.others].includes(address));
    if (!origin || (!ours && !allowed)) return [];
    return [
      {
        id: `policy ${directive} ${origin}`,
        level: "fault",
        title: `The page's Content-Security-Policy stops ${ours ? "the consent server" : hostOf(address)}`,
        why: ours
          ? `${directive} does not allow ${origin}, so the banner cannot work as it should.`
          : `The visitor allowed ${address}, but ${directive} does not.`,
        element: allowed?.id,
        where: "In the header Content-Security-Policy:",
        to: `${directive} ${origin}`,
      },
    ];
  });
}

const RULES = [placement, marks, requests, storage, google, tagManager, policy, wayBack];

/** Everything that should be changed on a page. */
export function diagnose(facts: Facts): Finding[] {
  const told = new Set<string>();
  return RULES.flatMap((rule) => rule(facts))
    .filter(({ id }) => !told.has(id) && told.add(id))
    .sort((one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level));
}
