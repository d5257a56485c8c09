import type { Sealed } from './sealed.ts';

/** Given to every call of a plugin. Once `signal` aborts, the call must reject within 100 ms. */
export interface Call {
  readonly signal: AbortSignal;
}

/** A reference to one key of a Secret or ConfigMap, as it stands in a provider's configuration. */
export interface ObjectKeyRef {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly key?: string | undefined;
}

export interface ServiceAccountRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface TokenRequest {
  readonly audiences: readonly string[];
  readonly expirationSeconds?: number;
}

/** How the sockets of one HTTP client are made. A given `ca` replaces the system's roots. */
export interface HttpOptions {
  /** PEM. */
  readonly ca?: Uint8Array | undefined;
  /** Client certificate and its private key, PEM. */
  readonly cert?: Sealed | undefined;
  readonly key?: Sealed | undefined;
  readonly serverName?: string | undefined;
  /** Proxy URL; without it the proxy of the process's environment is used, and none where there is none. */
  readonly proxy?: string | undefined;
  /** Total time for one request, body included; default 30,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Cap of the response body in bytes, counted after decompression; default 16 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; several values of one name are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * One pool of connections. It never follows a redirect (a redirected request would carry its token along), never
 * retries, and rejects with a ProviderError: `unavailable` for transport failures, time-outs and oversized bodies.
 */
export interface HttpClient extends AsyncDisposable {
  request(request: HttpRequest, call: Call): Promise<HttpResponse>;
}

/** Fields are printed as they are: never a value, token or URL with a query. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The store that a client is made for. */
export interface StoreInfo {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  /** Namespace of a SecretStore; undefined for a ClusterSecretStore. */
  readonly namespace: string | undefined;
  /**
   * Namespace of the object that consumes the store, where its references are looked up. Undefined while a
   * ClusterSecretStore is only being validated: a reference without a namespace cannot be resolved then (see `isReferent`).
   */
  readonly consumerNamespace: string | undefined;
  readonly retry: { readonly maxRetries: number | undefined; readonly intervalMs: number | undefined } | undefined;
}

/**
 * All that a plugin may touch. The host applies the namespace rules to every reference, remembers which versions of
 * which objects a client logged in with, and makes a new client when one of them changes.
 */
export interface Host {
  readonly store: StoreInfo;
  readonly log: Log;
  readonly clock: Clock;
  http(options?: HttpOptions): HttpClient;
  /** Bytes under one key of a Secret. Rejects: `invalid-config` where the rules forbid it or no key is named, `unauthenticated` where the Secret or key is missing. */
  secret(ref: ObjectKeyRef, call: Call): Promise<Sealed>;
  configMap(ref: ObjectKeyRef, call: Call): Promise<string>;
  /** A token of a ServiceAccount, by TokenRequest. */
  serviceAccountToken(ref: ServiceAccountRef, request: TokenRequest, call: Call): Promise<Sealed>;
  /** The annotations of a ServiceAccount: clouds write there what it may be exchanged for. */
  serviceAccountAnnotations(ref: ServiceAccountRef, call: Call): Promise<Readonly<Record<string, string>>>;
  /** The environment of the operator's process, where clouds say who its Pod is, such as `AWS_ROLE_ARN`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The token that Kubernetes mounts for the operator itself; undefined outside a Pod. */
  podToken(call: Call): Promise<Sealed | undefined>;
}
