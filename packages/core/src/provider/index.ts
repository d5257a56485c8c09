export { ProviderError, type ErrorCode, type ProviderErrorOptions } from './errors.ts';
export type {
  Call,
  Clock,
  Host,
  HttpClient,
  HttpOptions,
  HttpRequest,
  HttpResponse,
  Log,
  ObjectKeyRef,
  ServiceAccountRef,
  StoreInfo,
  TokenRequest,
} from './host.ts';
export { failure, success, type Outcome } from './outcome.ts';
export {
  can,
  defineProvider,
  type Capabilities,
  type Capability,
  type Client,
  type ConfigSchema,
  type DocumentSyntax,
  type FindQuery,
  type FoundSecret,
  type Plugin,
  type PropertyStep,
  type Provider,
  type ProviderLimits,
  type ProviderOf,
  type PushItem,
  type PushSource,
  type Reader,
  type ReadRef,
  type RemoteRef,
  type SecretValue,
} from './provider.ts';
export { Sealed } from './sealed.ts';
