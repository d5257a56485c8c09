import { BlockList, isIP } from 'node:net';

/** The proxies of the operator's environment, as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name them. */
export interface ProxySettings {
  /** For `http:` URLs. */
  readonly httpProxy?: string | undefined;
  /** For `https:` URLs. */
  readonly httpsProxy?: string | undefined;
  /**
   * Comma-separated: `*`, a host with an optional port (its subdomains are meant, too; with a leading dot only they
   * are), an address, or a CIDR block. Loopback hosts are never proxied.
   */
  readonly noProxy?: string | undefined;
}

/** URL of the proxy for a request to `url`, or undefined for a direct connection. */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === 'https:' ? settings.httpsProxy : settings.httpProxy;
  if (proxy === undefined || proxy === '' || isBypassed(url, settings.noProxy ?? '')) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isBypassed(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || matchesBlock(host, '127.0.0.0/8') || host === '::1') return true;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy.split(',').some((entry) => matchesEntry(host, port, entry.trim().toLowerCase()));
}

function matchesEntry(host: string, port: string, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return matchesBlock(host, entry);
  if (isIP(entry) !== 0) return host === entry;
  return matchesName(host, port, entry);
}

function matchesName(host: string, port: string, entry: string): boolean {
  const withPort = /^(.*):(\d+)$/.exec(entry);
  if (withPort?.[2] !== undefined && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function matchesBlock(host: string, block: string): boolean {
  const family = isIP(host);
  const [address = '', bits = ''] = block.split('/');
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), type);
  return list.check(host, type);
}
