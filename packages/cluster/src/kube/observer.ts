import type { ClusterError } from '../errors.ts';
import type { Verb } from './api-request.ts';

/** Why a whole list was read again. */
export type RelistReason =
  /** The first one. */
  | 'start'
  /** The API server no longer knows the version to go on from, or does not know it yet. */
  | 'expired'
  /** Frames that cannot be read, again and again. */
  | 'malformed'
  /** Nothing came for so long, twice, that the version itself is in doubt. */
  | 'silent';

/** What is worth counting and logging. All of it is safe to show. An observer must not throw. */
export interface KubeObserver {
  /** One request, each attempt of it; a watch when it has ended. `status` is undefined when no answer came. */
  request?(event: {
    readonly verb: Verb;
    /** Such as `secrets` or `externalsecrets.external-secrets.io/status`. */
    readonly resource: string;
    readonly status: number | undefined;
    readonly durationMs: number;
  }): void;
  /** A warning of the API server; each text once. */
  warning?(text: string): void;
  relisted?(event: { readonly resource: string; readonly reason: RelistReason }): void;
  /** A list or watch failed; it goes on after a wait. Ends that belong to a watch's life are not failures. */
  watchFailed?(event: { readonly resource: string; readonly error: ClusterError }): void;
  /** A bug: a listener of an informer, or its `trim`, threw. */
  listenerFailed?(event: { readonly resource: string; readonly error: unknown }): void;
}
