import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Call, type Host, type HttpOptions, type ObjectKeyRef, ProviderError, type Sealed } from '@esox/core';
import type { CaProvider, SecretKeySelector } from './references.ts';

/** The part of a provider's configuration that says whom to trust and how to identify oneself. */
export interface TlsConfig {
  /** PEM, or PEM in base64. */
  readonly caBundle?: string | undefined;
  readonly caProvider?: CaProvider | undefined;
  readonly tls?:
    | { readonly certSecretRef?: SecretKeySelector | undefined; readonly keySecretRef?: SecretKeySelector | undefined }
    | undefined;
  /** What certificate and key are called in errors, where they stand elsewhere than in `tls`. */
  readonly tlsFields?: { readonly cert: string; readonly key: string } | undefined;
}

/** Resolves the references. A configured authority replaces the system's. Throws `invalid-config` for what TLS cannot use. */
export async function tlsOptions(config: TlsConfig, host: Host, call: Call): Promise<HttpOptions> {
  const ca = await authority(config, host, call);
  const identity = await clientIdentity(config, host, call);
  return { ...(ca && { ca }), ...identity };
}

async function authority(config: TlsConfig, host: Host, call: Call): Promise<Uint8Array | undefined> {
  if (config.caBundle) return decodeBundle(config.caBundle);
  if (!config.caProvider) return undefined;
  const { type, name, key } = config.caProvider;
  const ref: ObjectKeyRef = { name, key, namespace: caNamespace(config.caProvider, host) };
  const pem = type === 'Secret' ? (await host.secret(ref, call)).open() : Buffer.from(await host.configMap(ref, call));
  if (!isCertificate(pem)) {
    throw new ProviderError(
      'invalid-config',
      `caProvider: key ${JSON.stringify(key ?? '')} of ${type} ${name} holds no PEM certificate`,
    );
  }
  return pem;
}

function caNamespace({ namespace }: CaProvider, { store }: Host): string | undefined {
  if (store.kind === 'ClusterSecretStore' && namespace === undefined) {
    throw new ProviderError('invalid-config', 'caProvider.namespace is missing: a ClusterSecretStore must name it');
  }
  if (store.kind === 'SecretStore' && namespace !== undefined && namespace !== store.namespace) {
    throw new ProviderError(
      'invalid-config',
      'caProvider.namespace is another namespace: a SecretStore reads its certificates from its own',
    );
  }
  return namespace;
}

/** `caBundle` is base64 in the manifest; what it decodes to is PEM, or PEM that was encoded once more. */
function decodeBundle(caBundle: string): Uint8Array {
  const once = Buffer.from(caBundle, 'base64');
  const candidates = [Buffer.from(caBundle), once, Buffer.from(once.toString('latin1'), 'base64')];
  const pem = candidates.find(isCertificate);
  if (pem) return pem;
  throw new ProviderError('invalid-config', 'caBundle holds no PEM certificate: it must be PEM in base64');
}

function isCertificate(pem: Uint8Array): boolean {
  return (
    Buffer.from(pem).includes('-----BEGIN CERTIFICATE-----') && parsed(() => new X509Certificate(pem)) !== undefined
  );
}

async function clientIdentity({ tls, tlsFields }: TlsConfig, host: Host, call: Call): Promise<HttpOptions> {
  if (!tls?.certSecretRef && !tls?.keySecretRef) return {};
  if (!tls.certSecretRef || !tls.keySecretRef) {
    throw new ProviderError('invalid-config', 'tls needs certSecretRef and keySecretRef: set both or neither');
  }
  const [cert, key] = await Promise.all([
    host.secret({ ...tls.certSecretRef, key: tls.certSecretRef.key ?? 'tls.crt' }, call),
    host.secret({ ...tls.keySecretRef, key: tls.keySecretRef.key ?? 'tls.key' }, call),
  ]);
  return tlsIdentity(cert, key, tlsFields ?? { cert: 'tls.certSecretRef', key: 'tls.keySecretRef' });
}

/**
 * A client certificate and its private key, PEM. Throws `invalid-config` for what TLS cannot use; `fields` are the names
 * under which the error speaks of them.
 */
export function tlsIdentity(cert: Sealed, key: Sealed, fields: { cert: string; key: string }): HttpOptions {
  const certificate = parsed(() => new X509Certificate(cert.open()));
  if (!certificate) throw new ProviderError('invalid-config', `${fields.cert} holds no PEM certificate`);
  const privateKey = parsed(() => createPrivateKey(Buffer.from(key.open())));
  if (!privateKey) throw new ProviderError('invalid-config', `${fields.key} holds no unencrypted PEM private key`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ProviderError('invalid-config', `${fields.key} is not the private key of ${fields.cert}`);
  }
  return { cert, key };
}

/** The parser's own error may quote its input, so it is dropped. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
