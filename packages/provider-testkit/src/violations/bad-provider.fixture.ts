import { type Client, type Host, type Plugin, type Provider, Sealed, type SecretValue, success } from '@esox/core';
import { expect } from 'vitest';
import { providerOf } from '../check.ts';
import type { checks } from '../checks/index.ts';
import { type Config, goodPlugin, HttpSecrets } from '../http-provider.fixture.ts';

export type Good = Client<'find' | 'write' | 'remove' | 'exists'>;

/** Breaks one promise of the contract, and the check that must notice it. */
export interface BadProvider {
  readonly fails: keyof typeof checks;
  readonly because: string;
  readonly saying: RegExp;
  readonly plugin: Plugin;
}

/** The good plugin with some members of its provider replaced. */
export function plugin(changes: Partial<Provider>): Plugin {
  return { esox: 'v1', providers: [{ ...providerOf(goodPlugin), ...changes }] };
}

/** The good provider with some of its client's methods replaced. */
export function withClient(change: (good: Good, host: Host, config: Config) => object): Plugin {
  return plugin({
    connect: async (settings, host) => {
      const config = settings as Config; // parsed by the good schema
      const good = new HttpSecrets(config, host);
      return bound(good, change(good, host, config));
    },
  });
}

export function bound(good: Good, changes: object): Good {
  return {
    check: (call) => good.check(call),
    read: (refs, call) => good.read(refs, call),
    find: (query, call) => good.find(query, call),
    write: (items, call) => good.write(items, call),
    remove: (refs, call) => good.remove(refs, call),
    exists: (refs, call) => good.exists(refs, call),
    [Symbol.asyncDispose]: () => good[Symbol.asyncDispose](),
    ...changes,
  };
}

/** Changes each value that is read. */
export function withValue(change: (value: SecretValue) => SecretValue): Plugin {
  return withClient((good) => ({
    read: async (...[refs, call]: Parameters<Good['read']>) =>
      (await good.read(refs, call)).map((outcome) => (outcome.ok ? success(change(outcome.value)) : outcome)),
  }));
}

export const bytesOf = ({ content }: SecretValue): Uint8Array =>
  Sealed.is(content) ? content.open() : expect.unreachable('the server stores bytes');
