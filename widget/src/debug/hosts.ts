// Whose host it is: the site's own, a declared service's, or one that is known to many.
import { exactness, LONGER } from "../blocking/hosts.ts";
import type { DeclaredService } from "./facts.ts";
import { enumerate } from "./finding.ts";

/** Host with its port, or nothing for what is no address of the web. */
export function hostOf(address: string): string {
  try {
    const { protocol, host } = new URL(address);
    return /^(https?|wss?):$/.test(protocol) ? host : "";
  } catch {
    return "";
  }
}

const bare = (host: string): string => host.replace(/:\d+$/, "");

/**
 * Whether two hosts belong together: the same, or one of them a sub-domain of the other's domain without `www.`.
 * Which suffixes are public is the browser's secret, so two names below one domain count as strangers.
 */
export function together(a: string, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [a, b].map((host) => host.replace(/^www\./, "")) as [string, string];
  if (/^[\d.:]+$|^\[|^localhost/.test(one) || !one.includes(".") || !other.includes(".")) return one === other;
  return one === other || one.endsWith("." + other) || other.endsWith("." + one);
}

/** Whether a host is neither the page's nor the consent server's. */
export const isForeign = (host: string, page: string, origin: string): boolean =>
  !!host && host !== hostOf(origin) && !together(host, page);

/**
 * The services that declare an address; those with paths of the same length share it. A necessary service has it alone
 * when it names it as exactly as any other does.
 */
export function servicesOf(services: readonly DeclaredService[], address: string): DeclaredService[] {
  if (!hostOf(address)) return [];
  const exact = ({ hosts }: DeclaredService) => Math.max(0, ...hosts.map((each) => exactness(each, new URL(address))));
  const most = Math.max(1, ...services.map(exact));
  const needed = services.filter((each) => each.category === "necessary" && exact(each) === most);
  if (needed.length) return needed;
  return services.filter((each) => each.category !== "necessary" && exact(each) >= Math.max(1, most - (most % LONGER)));
}

/** The path in the pattern of a service that covers an address: `/maps`. */
export function pathOf(service: DeclaredService | undefined, address: string): string {
  const pattern = service?.hosts.find((each) => exactness(each, new URL(address)) > LONGER) ?? "";
  return pattern.slice((pattern + "/").indexOf("/"));
}

/** Services for a sentence, each with its category. */
export const whose = (services: readonly DeclaredService[]): string =>
  enumerate(services.map(({ name, category }) => `${name} (${category})`));

/** Third parties of many pages, with their domains and the category they usually stand in: a help for who declares them. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  statistics: {
    "Google Analytics": "google-analytics.com analytics.google.com",
    "Google's tags": "googletagmanager.com",
    Hotjar: "hotjar.com",
    "Microsoft Clarity": "clarity.ms",
    Matomo: "matomo.cloud",
    Plausible: "plausible.io",
    Segment: "segment.com",
    FullStory: "fullstory.com",
    Mouseflow: "mouseflow.com",
    "New Relic": "nr-data.net",
    Mixpanel: "mixpanel.com",
  },
  advertising: {
    "Google's advertising": "doubleclick.net googleadservices.com googlesyndication.com",
    "Meta Pixel": "facebook.net",
    Meta: "facebook.com",
    "Microsoft's advertising": "bat.bing.com",
    LinkedIn: "licdn.com linkedin.com",
    TikTok: "tiktok.com",
    Snapchat: "snapchat.com sc-static.net",
    Pinterest: "pinterest.com",
    X: "ads-twitter.com",
    Criteo: "criteo.com",
    Taboola: "taboola.com",
    HubSpot: "hs-scripts.com hubspot.com",
    Adform: "adform.net",
    YouTube: "youtube.com youtube-nocookie.com ytimg.com",
    Instagram: "instagram.com",
  },
  functional: {
    Vimeo: "vimeo.com",
    "Google Maps": "maps.googleapis.com",
    "Google Fonts": "fonts.googleapis.com fonts.gstatic.com",
    Intercom: "intercom.io",
    Zendesk: "zdassets.com",
    Spotify: "spotify.com",
    SoundCloud: "soundcloud.com",
  },
};

/** What a host is known as, and the category that it usually belongs to. */
export function known(host: string): { readonly name: string; readonly category: string } | undefined {
  const name = bare(host);
  for (const [category, names] of Object.entries(KNOWN)) {
    for (const [called, domains] of Object.entries(names)) {
      if (domains.split(" ").some((domain) => ("." + name).endsWith("." + domain))) return { name: called, category };
    }
  }
  return undefined;
}
