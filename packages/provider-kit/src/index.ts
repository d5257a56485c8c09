export { changeToken } from './change-token.ts';
export { each, type EachOptions } from './each.ts';
export {
  canonicalJson,
  type CanonicalJsonOptions,
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  readJson,
} from './json.ts';
export { matchName } from './match-name.ts';
export {
  type CaProvider,
  caProvider,
  isReferent,
  type SecretKeySelector,
  secretKeySelector,
  type ServiceAccountSelector,
  serviceAccountSelector,
} from './references.ts';
export { retryAfterMs, retrying, type RetryOptions } from './retrying.ts';
export { sharedRun } from './shared-run.ts';
export { type TlsConfig, tlsIdentity, tlsOptions } from './tls-options.ts';
export { type Login, type TokenSource, tokenSource, type TokenSourceOptions } from './token-source.ts';
