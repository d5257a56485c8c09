import { expect, it } from 'vitest';
import { failed, snapshot, store, synced, waiting } from './rows.fixture.ts';
import { summary, toJson } from './summary.ts';

it('is in sync when every row is ready and nothing is wrong', () => {
  expect(summary(snapshot([synced, store]))).toEqual({
    text: '1 of 1 ExternalSecret in sync, 1 of 1 store ready',
    inSync: true,
  });
});

it('names what is not', () => {
  const problem = { where: 'a.yaml, document 1', message: 'must be a text' };
  expect(summary(snapshot([synced, failed, waiting, store], [problem]))).toEqual({
    text: [
      '1 of 3 ExternalSecrets in sync, 1 of 1 store ready',
      '  ExternalSecret team-a/broken: SecretSyncedError, data[0]: SecretStore "vault" has no secret "missing"; create it, or correct remoteRef.key',
      '  ExternalSecret team-b/new: waiting',
      '  a.yaml, document 1: must be a text',
    ].join('\n'),
    inSync: false,
  });
});

it.each([
  ['a failed row', snapshot([synced, failed])],
  ['a row that waits', snapshot([waiting])],
  ['a failed store', snapshot([synced, { ...store, ready: 'False' as const }])],
  ['a broken manifest', snapshot([synced], [{ where: 'a', message: 'b' }])],
])('is not in sync with %s', (_, model) => {
  expect(summary(model).inSync).toBe(false);
});

it('has a form for programs', () => {
  expect(JSON.parse(toJson(snapshot([synced, failed, store])))).toEqual({
    at: '2026-11-24T10:00:00.000Z',
    inSync: false,
    counts: { externalSecrets: { ready: 1, failed: 1, pending: 0 }, stores: { ready: 1, failed: 0, pending: 0 } },
    externalSecrets: [
      failed,
      {
        ...synced,
        lastSync: '2026-11-24T09:59:56.000Z',
        nextSync: '2026-11-24T10:00:06.000Z',
        lastChange: '2026-11-24T09:58:30.000Z',
      },
    ],
    stores: [store],
    problems: [],
  });
});
