import { type Problem, type Row, type Snapshot, snapshotOf } from './snapshot.ts';

export const now = Date.parse('2026-11-24T10:00:00Z');

export const store: Row = {
  kind: 'SecretStore',
  namespace: 'team-a',
  name: 'vault',
  ready: 'True',
  reason: 'Valid',
  store: 'fake',
};

export const synced: Row = {
  kind: 'ExternalSecret',
  namespace: 'team-a',
  name: 'database',
  ready: 'True',
  reason: 'SecretSynced',
  message: 'the Secret is in sync',
  store: 'SecretStore/vault',
  keys: 3,
  lastSync: now - 4000,
  nextSync: now + 6000,
  lastChange: now - 90_000,
  target: 'output/team-a/database.yaml',
};

export const failed: Row = {
  kind: 'ExternalSecret',
  namespace: 'team-a',
  name: 'broken',
  ready: 'False',
  reason: 'SecretSyncedError',
  message: 'data[0]: SecretStore "vault" has no secret "missing"; create it, or correct remoteRef.key',
  store: 'SecretStore/vault',
};

export const waiting: Row = { kind: 'ExternalSecret', namespace: 'team-b', name: 'new', ready: undefined };

export function snapshot(rows: readonly Row[], problems: readonly Problem[] = []): Snapshot {
  return snapshotOf(now, rows, problems);
}
