import type { Address } from '../settings/address.ts';
import { SettingsError } from '../settings/settings-error.ts';
import { ProbeServer, type Routes } from './probe-server.ts';
import type { KeyPair } from './self-signed-certificate.ts';

/** Throws a SettingsError that names the flag where the address cannot be had. */
export async function listen(
  flag: string,
  address: Address,
  routes: Routes,
  certificate?: KeyPair,
): Promise<ProbeServer> {
  try {
    return await ProbeServer.listen(address, routes, certificate);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const where = `${address.host ?? ''}:${address.port}`;
    throw new SettingsError(
      `cannot listen on ${where} (${code}): free the port, or set ${flag} to another one or to 0`,
    );
  }
}
