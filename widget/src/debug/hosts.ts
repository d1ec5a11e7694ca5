// Whose host it is: the site's own, a declared service's, or one that is known to many.
import type { DeclaredService } from "./facts.ts";

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

/** Whether a declared host name covers a host. */
export function covers(pattern: string, host: string): boolean {
  const name = bare(host);
  return pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern;
}

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

/** The services that declare a host; several may share one. */
export const servicesOf = (services: readonly DeclaredService[], host: string): DeclaredService[] =>
  services.filter(({ hosts }) => hosts.some((pattern) => covers(pattern, host)));

/** Names that many pages meet, with the category they usually stand in: a help for who declares them. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  statistics: {
    "google-analytics.com": "Google Analytics",
    "analytics.google.com": "Google Analytics",
    "googletagmanager.com": "Google's tags",
    "hotjar.com": "Hotjar",
    "clarity.ms": "Microsoft Clarity",
    "matomo.cloud": "Matomo",
    "plausible.io": "Plausible",
    "segment.com": "Segment",
    "fullstory.com": "FullStory",
    "mouseflow.com": "Mouseflow",
    "nr-data.net": "New Relic",
    "mixpanel.com": "Mixpanel",
  },
  advertising: {
    "doubleclick.net": "Google's advertising",
    "googleadservices.com": "Google's advertising",
    "googlesyndication.com": "Google's advertising",
    "facebook.net": "Meta Pixel",
    "facebook.com": "Meta",
    "bat.bing.com": "Microsoft's advertising",
    "licdn.com": "LinkedIn",
    "linkedin.com": "LinkedIn",
    "tiktok.com": "TikTok",
    "snapchat.com": "Snapchat",
    "sc-static.net": "Snapchat",
    "pinterest.com": "Pinterest",
    "ads-twitter.com": "X",
    "criteo.com": "Criteo",
    "taboola.com": "Taboola",
    "hs-scripts.com": "HubSpot",
    "hubspot.com": "HubSpot",
    "adform.net": "Adform",
    "youtube.com": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "ytimg.com": "YouTube",
    "instagram.com": "Instagram",
  },
  functional: {
    "vimeo.com": "Vimeo",
    "maps.googleapis.com": "Google Maps",
    "fonts.googleapis.com": "Google Fonts",
    "fonts.gstatic.com": "Google Fonts",
    "intercom.io": "Intercom",
    "zdassets.com": "Zendesk",
    "spotify.com": "Spotify",
    "soundcloud.com": "SoundCloud",
  },
};

/** What a host is known as, and the category that it usually belongs to. */
export function known(host: string): { readonly name: string; readonly category: string } | undefined {
  const name = bare(host);
  for (const [category, names] of Object.entries(KNOWN)) {
    for (const [domain, called] of Object.entries(names)) {
      if (name === domain || name.endsWith("." + domain)) return { name: called, category };
    }
  }
  return undefined;
}
