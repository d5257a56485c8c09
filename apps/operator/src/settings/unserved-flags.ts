type Unserved = { readonly kind: 'boolean' | 'value'; readonly why: string };

const noCeiling = 'there is no fixed ceiling: the API server says when it is too much';
const noValuesCached = 'no values are cached; metadata of Secrets always is';
const kindNotServed = 'the kind is not served yet';
const oneLogin = 'one login per store is kept and renewed anyway, one for each store that is in use';
const notServed = 'the provider is not served yet';

/** Flags of ESO that do nothing here, each with the reason, which is logged when such a flag is set. */
export const unservedFlags: Readonly<Record<string, Unserved>> = {
  'client-qps': { kind: 'value', why: noCeiling },
  'client-burst': { kind: 'value', why: noCeiling },
  'enable-cluster-external-secret-reconciler': { kind: 'boolean', why: kindNotServed },
  'enable-cluster-push-secret-reconciler': { kind: 'boolean', why: kindNotServed },
  'enable-push-secret-reconciler': { kind: 'boolean', why: kindNotServed },
  'enable-secrets-caching': { kind: 'boolean', why: noValuesCached },
  'enable-configmaps-caching': { kind: 'boolean', why: 'a ConfigMap is read where it is referred to' },
  'enable-managed-secrets-caching': { kind: 'boolean', why: noValuesCached },
  'enable-secret-api-read-on-cache-mismatch': { kind: 'boolean', why: 'there is only one cache' },
  'enable-generator-state': { kind: 'boolean', why: 'generators are not served yet' },
  'enable-http2': { kind: 'boolean', why: 'metrics are served over HTTP/1.1' },
  'unsafe-allow-generic-targets': { kind: 'boolean', why: 'generic targets are not served yet' },
  'generator-gc-grace-period': { kind: 'value', why: 'generators are not served yet' },
  'template-left-delimiter': { kind: 'value', why: 'templates are not served yet' },
  'template-right-delimiter': { kind: 'value', why: 'templates are not served yet' },
  'enable-vault-token-cache': { kind: 'boolean', why: oneLogin },
  'vault-token-cache-size': { kind: 'value', why: oneLogin },
  'experimental-enable-vault-token-cache': { kind: 'boolean', why: oneLogin },
  'experimental-vault-token-cache-size': { kind: 'value', why: oneLogin },
  'experimental-enable-doppler-oidc-cache': { kind: 'boolean', why: notServed },
  'experimental-doppler-oidc-cache-size': { kind: 'value', why: notServed },
  'doppler-etag-cache-size': { kind: 'value', why: notServed },
  'mysterybox-tokens-cache-size': { kind: 'value', why: notServed },
  'mysterybox-connections-cache-size': { kind: 'value', why: notServed },
};
