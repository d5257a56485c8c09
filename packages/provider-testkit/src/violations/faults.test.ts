import { failure, ProviderError, success } from '@esox/core';
import { expect, test } from 'vitest';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, type Good, withClient } from './bad-provider.fixture.ts';

const run = useSubject();

/** As some drivers do: everything that goes wrong looks like an absent key. */
const swallowing = withClient((good) => ({
  read: (...[refs, call]: Parameters<Good['read']>) =>
    good.read(refs, call).catch(() => refs.map(() => failure(new ProviderError('not-found', 'no such key')))),
}));

const bad: readonly BadProvider[] = [
  ...(['refusedLogin', 'denied', 'throttled', 'outage'] as const).map((fails) => ({
    fails,
    because: 'it swallows errors',
    saying: /got not-found/,
    plugin: swallowing,
  })),
  {
    fails: 'outage',
    because: 'nothing exists during an outage',
    saying: /asking whether a key exists during outage: expected unavailable, got success/,
    plugin: withClient((good) => ({
      exists: (...[refs, call]: Parameters<Good['exists']>) =>
        good.exists(refs, call).catch(() => refs.map(() => success(false))),
    })),
  },
  {
    fails: 'outage',
    because: 'a listing is empty during an outage',
    saying: /finding during outage: expected unavailable, got success/,
    plugin: withClient((good) => ({
      async *find(...[query, call]: Parameters<Good['find']>) {
        try {
          yield* good.find(query, call);
        } catch {
          // Looks like an empty listing.
        }
      },
    })),
  },
  {
    fails: 'denied',
    because: 'it throws what is no ProviderError',
    saying: /got an error that is no ProviderError/,
    plugin: withClient((good) => ({
      read: (...[refs, call]: Parameters<Good['read']>) =>
        good.read(refs, call).catch(() => {
          throw new Error('403');
        }),
    })),
  },
  {
    fails: 'throttled',
    because: 'it drops how long to wait',
    saying: /retryAfterMs is not set/,
    plugin: withClient((good) => ({
      read: (...[refs, call]: Parameters<Good['read']>) =>
        good.read(refs, call).catch((error: unknown) => {
          throw ProviderError.is(error) ? new ProviderError(error.code, error.message) : error;
        }),
    })),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);
