import { randomBytes, randomUUID } from 'node:crypto';

export interface Token {
  readonly id: string;
  readonly accessor: string;
  readonly createdAt: number;
  /** Zero: does not end. */
  readonly lifeSeconds: number;
  readonly path: string;
  endsAt: number;
}

/** The tokens that were given out. Times are milliseconds of the given clock. */
export class TokenStore {
  readonly #tokens = new Map<string, Token>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  create({ lifeSeconds, path }: { lifeSeconds: number; path: string }): Token {
    const createdAt = this.#now();
    const token = {
      id: `hvs.${randomBytes(24).toString('base64url')}`,
      accessor: randomUUID(),
      createdAt,
      lifeSeconds,
      path,
      endsAt: end(createdAt, lifeSeconds),
    };
    this.#tokens.set(token.id, token);
    return token;
  }

  /** Undefined for one that was never given out, was revoked or has ended. */
  find(id: string | undefined): Token | undefined {
    const token = id === undefined ? undefined : this.#tokens.get(id);
    return token !== undefined && token.endsAt > this.#now() ? token : undefined;
  }

  renew(token: Token): void {
    token.endsAt = end(this.#now(), token.lifeSeconds);
  }

  revoke(token: Token): void {
    this.#tokens.delete(token.id);
  }

  secondsLeft(token: Token): number {
    return token.lifeSeconds === 0 ? 0 : Math.floor((token.endsAt - this.#now()) / 1000);
  }
}

function end(from: number, lifeSeconds: number): number {
  return lifeSeconds === 0 ? Number.POSITIVE_INFINITY : from + lifeSeconds * 1000;
}
