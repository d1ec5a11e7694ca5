// Whose address it is: the declared hosts of the services, which may have a path.

import type { Owner } from "../config.ts";

/** The key under which the server gives the hosts of all necessary services. */
export const NECESSARY = "necessary";

/** More than a host name can have characters. */
export const LONGER = 256;

/**
 * How exactly a pattern names an address: by the length of its path, then by that of its host; 0 where it does not.
 * A path covers what equals it and all that is below it, so `/gtag` covers `/gtag/js` and not `/gtags`.
 */
export function exactness(pattern: string, { hostname, pathname }: URL): number {
  const [, star, host, path] = /^(\*?)([^/]*)(.*)/.exec(pattern) as unknown as [string, string, string, string];
  const covered = star ? hostname.endsWith(host) : hostname === host;
  return covered && (pathname + "/").startsWith(path + "/") ? path.length * LONGER + host.length : 0;
}

/**
 * Keys of the services that have to be allowed before an address may be asked. The longest path counts; services
 * with paths of the same length share it. Nobody's are the page's own host, the consent server's, and what a
 * necessary service names at least as exactly as everybody else.
 *
 * @param base What the address is relative to.
 * @param own Addresses whose hosts are never held back.
 */
export function owners(services: readonly Owner[], address: string, base: string, ...own: string[]): string[] {
  if (!address) return [];
  try {
    const url = new URL(address, base);
    if (own.some((each) => new URL(each).hostname === url.hostname)) return [];
    const found = services.map(([key, hosts]) => ({ key, at: Math.max(...hosts.map((each) => exactness(each, url))) }));
    const most = Math.max(1, ...found.map(({ at }) => at));
    if (found.some(({ key, at }) => key === NECESSARY && at === most)) return [];
    return found
      .filter(({ key, at }) => at > 0 && key !== NECESSARY && at >= most - (most % LONGER))
      .map(({ key }) => key);
  } catch {
    // Not an address: nothing will be loaded.
    return [];
  }
}
