/** What controllers tell the operator's metrics. All of it is safe to show. */
export interface ControllerObserver {
  /** One pass over one object has ended. */
  reconciled?(event: {
    readonly controller: string;
    readonly key: string;
    readonly outcome: 'success' | 'error' | 'requeue_after';
    readonly durationMs: number;
  }): void;
  condition?(event: {
    readonly controller: string;
    readonly key: string;
    readonly type: string;
    readonly status: string;
    readonly labels?: Readonly<Record<string, string>>;
  }): void;
  /** The object is gone. */
  forgotten?(controller: string, key: string): void;
  /** A write that was not needed, since nothing had changed. */
  writeAvoided?(resource: string): void;
  /** A bug of ours or of a plugin: it became a condition, and belongs into the log as well. */
  unexpected?(event: { readonly controller: string; readonly key: string; readonly error: Error }): void;
}
