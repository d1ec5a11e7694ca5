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
function wayBack({ _waysBack: waysBack, _banner: banner }: Facts): Finding[] {
  if (waysBack || banner.floating) return [];
  return [
    {
      _id: "no-way-back",
      _level: "warning",
      _title: "Nothing on this page opens the settings",
      _why: "Visitors must be able to change their mind as easily as they made it up. Put a link into the footer of every page.",
      _where: "For example in the footer:",
      _to: '<a href="#" data-consent-open>Change consent</a>',
    },
  ];
}

/** What the page's own policy stops of us, or of what was allowed. */
function policy({ _refusals: refusals, _banner: banner, _marked: marked }: Facts): Finding[] {
  const server = new URL(banner.origin).origin;
  return refusals.flatMap(({ _directive: directive, _address: address }): Finding[] => {
    const origin = /^https?:/.test(address) ? new URL(address).origin : "";
    const ours = origin === server;
    const allowed = marked.find((each) => each._permitted && [each._address, ...each._others].includes(address));
    if (!origin || (!ours && !allowed)) return [];
    return [
      {
        _id: `policy ${directive} ${origin}`,
        _level: "fault",
        _title: `The page's Content-Security-Policy stops ${ours ? "the consent server" : hostOf(address)}`,
        _why: ours
          ? `${directive} does not allow ${origin}, so the banner cannot work as it should.`
          : `The visitor allowed ${address}, but ${directive} does not.`,
        _element: allowed?._id,
        _where: "In the header Content-Security-Policy:",
        _to: `${directive} ${origin}`,
      },
    ];
  });
}

const RULES = [placement, marks, requests, storage, google, tagManager, policy, wayBack];

/** Everything that should be changed on a page. */
export function diagnose(facts: Facts): Finding[] {
  const ids = new Set<string>();
  return RULES.flatMap((rule) => rule(facts))
    .filter(({ _id: id }) => !ids.has(id) && ids.add(id))
    .sort((one, other) => ORDER.indexOf(one._level) - ORDER.indexOf(other._level));
}
