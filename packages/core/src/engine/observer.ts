import type { ErrorCode } from '../provider/errors.ts';

/** One call that went out to a plugin. */
export interface CallEvent {
  readonly provider: string;
  /** As people know it. */
  readonly store: string;
  readonly kind: 'read' | 'find' | 'check' | 'connect';
  /** Refs in the batch of a `read`; 1 for the other kinds. */
  readonly refs: number;
  /** False when the whole call failed; a batch with failed items is `ok`. */
  readonly ok: boolean;
  readonly code?: ErrorCode;
  readonly durationMs: number;
}

/** What the engine counts. Every member is called synchronously and must not throw. */
export interface EngineObserver {
  call?(event: CallEvent): void;
  /** A read was answered by an equal one that was under way or waited for its turn. */
  joined?(provider: string): void;
  /** A read was answered from the freshness cache. */
  cacheHit?(provider: string): void;
  /** Bytes that the freshness cache holds now, over all lanes. */
  cacheBytes?(bytes: number): void;
  /** The backend asked a lane to wait. */
  paused?(provider: string, pauseMs: number): void;
  /** Connected clients now. */
  clients?(count: number): void;
}
