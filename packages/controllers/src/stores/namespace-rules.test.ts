import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretStore, StoreCondition } from '@esox/api';
import { openEmbedded } from '@esox/cluster/embedded';
import { systemClock } from '@esox/core/host';
import { expect, it } from 'vitest';
import { NAMESPACES } from '../resource-types.ts';
import { NamespaceRules } from './namespace-rules.ts';

const signal = new AbortController().signal;

async function allow(conditions: StoreCondition[], namespace = 'team-a'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'esox-namespace-rules-'));
  const validate = <T>(value: T) => ({ ok: true, value }) as const;
  const cluster = await openEmbedded({ manifests: folder, output: join(folder, 'output'), validate });
  await cluster.create(NAMESPACES, { metadata: { name: 'team-a', labels: { team: 'a' } } }, { signal });
  const store: SecretStore = { metadata: { name: 'shared' }, spec: { provider: {}, conditions } };
  const rules = new NamespaceRules(cluster, systemClock);
  await rules.allow(store, namespace, signal).finally(() => cluster.close());
}

it('a broken expression behind a match does no harm', async () => {
  await expect(allow([{ namespaceRegexes: ['^team'] }, { namespaceRegexes: ['('] }])).resolves.toBeUndefined();
});

it('a broken expression that is reached is an error of the store, and names it', async () => {
  await expect(allow([{ namespaceRegexes: ['('] }])).rejects.toMatchObject({ code: 'invalid-config' });
});

it('matches anywhere in the name, in linear time and in the syntax of RE2', async () => {
  await expect(allow([{ namespaceRegexes: ['(?P<kind>eam)-[[:alpha:]]'] }])).resolves.toBeUndefined();
});

it('a namespace that nothing matches is denied, and the message names store and namespace', async () => {
  const answer = allow([{ namespaces: ['other'], namespaceSelector: { matchLabels: { team: 'b' } } }]);
  await expect(answer).rejects.toMatchObject({ code: 'denied', message: expect.stringMatching(/"shared".*"team-a"/) });
});

it('a namespace that is not there is no denial', async () => {
  const answer = allow([{ namespaceRegexes: ['team'] }], 'team-b');
  await expect(answer).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('"team-b"') });
});
