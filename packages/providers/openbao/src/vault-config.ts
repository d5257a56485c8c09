import type { Host } from '@esox/core';
import type { CaProvider } from '@esox/provider-kit';
import type { VaultConfig } from '@esox/provider-vault';
import type { OpenBaoConfig } from './config.ts';

/** A store of OpenBao as one of Vault, whose protocol it speaks. The path of the engine is always there. */
export function vaultConfig(config: OpenBaoConfig, host: Host): VaultConfig & { path: string } {
  return { ...config, path: engineOf(config), caProvider: config.caProvider && located(config.caProvider, host) };
}

function engineOf({ path }: OpenBaoConfig): string {
  return (path || 'kv').replace(/^\/+|\/+$/g, '');
}

/** In a ClusterSecretStore, certificates without a namespace lie with the consumer. */
function located(authority: CaProvider, { store }: Host): CaProvider {
  if (store.kind === 'SecretStore' || authority.namespace !== undefined) return authority;
  return { ...authority, namespace: store.consumerNamespace };
}

/** What names a secret or folder in OpenBao is taken as it stands; in Vault it may repeat the path of the engine. */
export function inVault(name: string, { path, version }: VaultConfig): string {
  return version === 'v1' ? `${path}/${name}` : `${path}/data/${name}`;
}
