import type { VaultAccess } from '@esox/testbed';
import { unique } from './vault-store.fixture.ts';

export interface KeyPair {
  readonly certificate: string;
  readonly private_key: string;
}

export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate for a name, and for the loopback address. */
  issue(name: string, alternatives?: readonly string[]): Promise<KeyPair>;
}

/** A certificate authority of the real Vault's PKI engine. */
export async function certificateAuthority(
  vault: VaultAccess,
  keyType: 'ec' | 'rsa' = 'ec',
): Promise<CertificateAuthority> {
  const pki = unique('pki');
  await vault.write(`sys/mounts/${pki}`, { type: 'pki' });
  const key = { key_type: keyType, key_bits: keyType === 'ec' ? 256 : 2048 };
  const root = await vault.write(`${pki}/root/generate/internal`, { common_name: 'test', ttl: '24h', ...key });
  await vault.write(`${pki}/roles/any`, {
    allow_any_name: true,
    allow_ip_sans: true,
    enforce_hostnames: false,
    ...key,
  });
  return {
    certificate: String(root.data?.['certificate']),
    async issue(name, alternatives = []) {
      const { data } = await vault.write(`${pki}/issue/any`, {
        common_name: name,
        alt_names: alternatives.join(),
        ip_sans: '127.0.0.1',
        ttl: '1h',
      });
      return data as unknown as KeyPair; // Vault's PKI answers both as PEM
    },
  };
}
