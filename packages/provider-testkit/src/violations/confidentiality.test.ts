import { failure, ProviderError } from '@esox/core';
import { expect, test } from 'vitest';
import { PASSWORD } from '../secret-server.fixture.ts';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, bytesOf, type Good, withClient } from './bad-provider.fixture.ts';

const run = useSubject();

const bad: readonly BadProvider[] = [
  {
    fails: 'confidentiality',
    because: 'an error quotes the value',
    saying: /a result shows a value/,
    plugin: withClient((good) => {
      let seen = '';
      return {
        async read(...[refs, call]: Parameters<Good['read']>) {
          return (await good.read(refs, call)).map((outcome) => {
            if (!outcome.ok) return failure(new ProviderError('not-found', `not in ${seen}`));
            seen = Buffer.from(bytesOf(outcome.value)).toString();
            return outcome;
          });
        },
      };
    }),
  },
  {
    fails: 'confidentiality',
    because: 'it logs its credential in base64',
    saying: /the log shows a credential/,
    plugin: withClient((_, host) => {
      host.log.debug('logging in', { authorization: `Basic ${Buffer.from(PASSWORD).toString('base64')}` });
      return {};
    }),
  },
  {
    fails: 'confidentiality',
    because: 'its client shows its credential',
    saying: /the client shows a credential/,
    plugin: withClient(() => ({ options: { password: PASSWORD } })),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);
