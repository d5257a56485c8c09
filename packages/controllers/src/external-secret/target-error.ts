/** Why the target cannot be written as it stands. */
export type TargetErrorCode =
  | 'owned-by-another'
  | 'not-owner'
  | 'immutable'
  | 'type-change'
  | 'too-large'
  | 'not-supported'
  | 'invalid-spec';

/** The target cannot be written as it stands. Only a change of an object helps, unless it is the values: those may change. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly code: TargetErrorCode;

  constructor(code: TargetErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** Whether values that are read later may help. */
  get retry(): boolean {
    return this.code === 'too-large';
  }
}
