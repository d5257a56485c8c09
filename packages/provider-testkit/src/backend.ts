import type { StoreInfo } from '@esox/core';
import type { TestHostObjects } from './test-host.ts';

/**
 * What the backend is made to do to every request that carries out a call.
 * `login`: the credentials are refused. `denied`: the login works, what is asked for is not allowed. `throttled`: too
 * many requests. `outage`: 5xx, a reset connection or no listener. `hang`: requests are accepted and never answered.
 */
export type Fault = 'login' | 'denied' | 'throttled' | 'outage' | 'hang';

/** One document, or named fields for a backend that stores fields. */
export type Content = Uint8Array | Readonly<Record<string, string>>;

/** The external system of one provider, real or served by the test, with the means to prepare and to break it. */
export interface Backend extends AsyncDisposable {
  /** What stands under `spec.provider.<id>`. Read before each connect, so a getter may change it. */
  readonly config: unknown;
  /** What the references in `config` name. Every value in `secrets` and `tokens` counts as secret in the tests. */
  readonly objects?: TestHostObjects;
  readonly store?: Partial<StoreInfo>;
  /** Creates or replaces. Keys are lower-case letters, digits and dashes. Resolves when a new client can read it. */
  put(key: string, content: Content): Promise<void>;
  delete(key: string): Promise<void>;
  /** Switches a fault that `Facts.faults` names. */
  fail(fault: Fault, on: boolean): Promise<void>;
  /** Needed where `Facts.login` is true. */
  readonly login?: BackendLogin;
}

export interface BackendLogin {
  /** Logins that the backend has granted so far. */
  count(): number | Promise<number>;
  /** Ends all sessions (tokens, cookies) that it granted. The credentials stay good. */
  revoke(): Promise<void>;
}

/** What holds for provider and backend. Known before anything starts, since it decides which tests there are. */
export interface Facts {
  /** Of the provider's package: `new URL('../package.json', import.meta.url)`. */
  readonly packageJson: URL;
  /** What `put` can store without loss: any bytes, UTF-8 text, or named text fields. */
  readonly content: 'bytes' | 'text' | 'fields';
  /** What a field can be called, for a backend that does not take any name. */
  readonly fieldNames?: RegExp;
  /** Faults that `fail` can switch. A provider that talks to a server has all five. */
  readonly faults: readonly Fault[];
  /** Whether credentials are exchanged for a session. False where each request carries them, or there are none. */
  readonly login: boolean;
  /** Whether the backend says how long to wait when it throttles. */
  readonly retryAfter?: boolean;
  /** For a provider whose `remove` is accepted without effect. */
  readonly keepsRemoved?: boolean;
  /** Whether a push refuses with `conflict` what others made in the backend, and a removal leaves it. */
  readonly guardsOthers?: boolean;
  /** Field that a push adds to mark what it made, for a backend that keeps no metadata. It is read along. */
  readonly markField?: string;
  /** For a provider that pushes single properties into one key. `content` is `fields` then. */
  readonly properties?: boolean;
}
