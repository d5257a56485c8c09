import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, type Good, withClient } from './bad-provider.fixture.ts';

const run = useSubject();

const deaf = withClient((good) => ({
  read: (...[refs]: Parameters<Good['read']>) => good.read(refs, { signal: new AbortController().signal }),
}));

const bad: readonly BadProvider[] = [
  { fails: 'abortedBefore', because: 'it does not look at the signal', saying: /read answered/, plugin: deaf },
  { fails: 'abortedMeanwhile', because: 'it does not pass the signal on', saying: /did not reject/, plugin: deaf },
  {
    fails: 'closing',
    because: 'it can be closed only once',
    saying: /closed already/,
    plugin: withClient((good) => {
      let closed = false;
      return {
        async [Symbol.asyncDispose]() {
          if (closed) throw new Error('closed already');
          closed = true;
          await good[Symbol.asyncDispose]();
        },
      };
    }),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);

test('closing fails, when a socket stays open', async () => {
  const agent = new Agent({ keepAlive: true });
  const leaking = withClient((good, _, { url }) => ({
    async read(...[refs, call]: Parameters<Good['read']>) {
      await new Promise<void>((resolve, reject) => {
        const asked = request(`${url}/keys`, { agent }, (response) => response.resume().once('end', resolve));
        asked.on('error', reject).end();
      });
      return good.read(refs, call);
    },
  }));
  await expect(run('closing', leaking, { faults: [] })).rejects.toThrow(/sockets stay open/);
  agent.destroy();
}, 60_000);
