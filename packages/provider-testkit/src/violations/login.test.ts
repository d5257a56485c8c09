import { type Host, ProviderError } from '@esox/core';
import { expect, test } from 'vitest';
import { type Config, HttpSecrets } from '../http-provider.fixture.ts';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, bound, type Good, plugin } from './bad-provider.fixture.ts';

const run = useSubject();

const bad: readonly BadProvider[] = [
  {
    fails: 'sharedLogin',
    because: 'each call logs in',
    saying: /10 logins instead of 1/,
    plugin: plugin({
      connect: async (settings, host) =>
        bound(new HttpSecrets(settings as Config, host), {
          async read(...[refs, call]: Parameters<Good['read']>) {
            await using own = new HttpSecrets(settings as Config, host);
            return await own.read(refs, call);
          },
        }),
    }),
  },
  {
    fails: 'renewedLogin',
    because: 'it never logs in again',
    saying: /a read failed: unauthenticated/,
    plugin: plugin({
      connect: async (settings, host) => {
        let logins = 0;
        const counting: Host = {
          ...host,
          secret: (...[ref, call]) => {
            logins += 1;
            return host.secret(ref, call);
          },
        };
        const good = new HttpSecrets(settings as Config, counting);
        return bound(good, {
          async read(...[refs, call]: Parameters<Good['read']>) {
            const outcomes = await good.read(refs, call);
            if (logins > 1) throw new ProviderError('unauthenticated', 'the session has ended');
            return outcomes;
          },
        });
      },
    }),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);
