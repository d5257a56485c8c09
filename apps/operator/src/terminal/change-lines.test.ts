import { expect, it } from 'vitest';
import { changeLines } from './change-lines.ts';
import { failed, now, snapshot, store, synced, waiting } from './rows.fixture.ts';

it('tells of everything at first', () => {
  const problem = { where: 'a.yaml', message: 'cannot be read: EACCES' };
  expect(changeLines(undefined, snapshot([synced, failed, waiting, store], [problem]))).toEqual([
    '2026-11-24T10:00:00.000Z ExternalSecret team-a/broken: SecretSyncedError, data[0]: SecretStore "vault" has no secret "missing"; create it, or correct remoteRef.key',
    '2026-11-24T10:00:00.000Z ExternalSecret team-a/database: SecretSynced, 3 keys from SecretStore/vault to output/team-a/database.yaml',
    '2026-11-24T10:00:00.000Z ExternalSecret team-b/new: waiting',
    '2026-11-24T10:00:00.000Z SecretStore team-a/vault: Valid, provider fake',
    '2026-11-24T10:00:00.000Z a.yaml: cannot be read: EACCES',
  ]);
});

it('tells of changes only: of a write, not of a refresh that found nothing new', () => {
  const before = snapshot([synced, failed, store]);
  const refreshed = { ...synced, lastSync: now, nextSync: now + 10_000 };
  expect(changeLines(before, snapshot([refreshed, failed, store]))).toEqual([]);
  expect(changeLines(before, snapshot([{ ...refreshed, lastChange: now }, failed, store]))).toHaveLength(1);
  expect(changeLines(before, snapshot([refreshed, store]))).toEqual([
    '2026-11-24T10:00:00.000Z ExternalSecret team-a/broken: deleted',
  ]);
});
