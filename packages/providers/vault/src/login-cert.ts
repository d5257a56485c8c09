import { ProviderError } from '@esox/core';
import type { VaultAuth } from './config.ts';
import { attempt, type LoginMethod } from './login-methods.ts';

export function certMethod({
  path = 'cert',
  vaultRole,
  clientCert,
  secretRef,
}: NonNullable<VaultAuth['cert']>): LoginMethod {
  if (!clientCert || !secretRef) {
    throw new ProviderError('invalid-config', 'auth.cert needs clientCert and secretRef: the certificate and its key');
  }
  return {
    name: 'cert',
    references: [clientCert, secretRef],
    clientCertificate: { certSecretRef: clientCert, keySecretRef: secretRef },
    logIn: (api, _, call) => attempt('cert', path, () => api.certLogin(path, vaultRole || undefined, call)),
  };
}
