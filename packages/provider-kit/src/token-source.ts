import { type Call, type Clock, ProviderError } from '@esox/core';
import { sharedRun } from './shared-run.ts';

/** What a login brought: a token, or a client that carries one. */
export interface Login<T> {
  readonly token: T;
  /** Milliseconds since the epoch; undefined for a token that does not expire. */
  readonly expiresAt: number | undefined;
}

export interface TokenSourceOptions {
  readonly clock: Clock;
  /** A token that has less time left is replaced, but never before half of its life is over. */
  readonly renewBeforeMs: number;
}

export interface TokenSource<T> {
  /**
   * Runs `run` with a token, logging in where there is none. Where `run` rejects with `unauthenticated`, the token is
   * forgotten, and `run` is tried once more after a new login. Callers at the same time share one login.
   */
  use<R>(run: (token: T) => Promise<R>, call: Call): Promise<R>;
  /** The token that is in use, and no longer is after this call. */
  take(): T | undefined;
}

interface Held<T> {
  readonly token: T;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
}

export function tokenSource<T>(
  login: (call: Call) => Promise<Login<T>>,
  { clock, renewBeforeMs }: TokenSourceOptions,
): TokenSource<T> {
  let held: Held<T> | undefined;

  const logIn = sharedRun(async (call) => {
    const startedAt = clock.now();
    const { token, expiresAt } = await login(call);
    const life = (expiresAt ?? Infinity) - startedAt;
    held = { token, renewAt: startedAt + life - Math.min(renewBeforeMs, life / 2) };
    return held;
  });

  async function current(call: Call): Promise<Held<T>> {
    return held !== undefined && clock.now() < held.renewAt ? held : await logIn(call);
  }

  return {
    async use(run, call) {
      const first = await current(call);
      try {
        return await run(first.token);
      } catch (error) {
        if (!ProviderError.is(error) || error.code !== 'unauthenticated') throw error;
      }
      // Somebody else may have logged in again meanwhile: only the refused token is forgotten.
      if (held === first) held = undefined;
      const second = await current(call);
      return await run(second.token);
    },
    take() {
      const token = held?.token;
      held = undefined;
      return token;
    },
  };
}
