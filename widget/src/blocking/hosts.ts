// Whose address it is: the declared hosts of the services.

/** A service's key, and the hosts that it loads from; `*.` in front stands for sub-domains. */
export type Owner = readonly [key: string, hosts: readonly string[]];

const covers = (pattern: string, host: string): boolean =>
  pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;

/**
 * Keys of the services that an address belongs to. The page's own host is nobody's, nor is the consent server's.
 *
 * @param own Addresses whose hosts are never held back; the first one is what the address is relative to.
 */
export function owners(services: readonly Owner[], address: string, ...own: [string, ...string[]]): string[] {
  try {
    const { protocol, hostname } = new URL(address, own[0]);
    if (!/^https?:$/.test(protocol) || own.some((each) => new URL(each).hostname === hostname)) return [];
    return services.filter(([, hosts]) => hosts.some((each) => covers(each, hostname))).map(([key]) => key);
  } catch {
    // Not an address: nothing will be loaded.
    return [];
  }
}
