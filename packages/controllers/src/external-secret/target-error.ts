/** The target cannot be written as it stands; `retry` is false where only a change of an object can help. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly code: 'owned-by-another' | 'immutable' | 'not-supported' | 'invalid-spec' | 'not-owner';
  readonly retry = false;

  constructor(code: TargetError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
