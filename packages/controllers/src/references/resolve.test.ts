import { describe, expect, it } from 'vitest';
import { resolveReference } from './resolve.ts';

const kinds = ['Secret', 'ConfigMap', 'ServiceAccount'] as const;
const namespaces = [undefined, 'team-a', 'team-b'] as const;

describe('a reference of a SecretStore', () => {
  const scope = { storeKind: 'SecretStore', storeNamespace: 'team-a', consumerNamespace: 'team-a' } as const;

  it.each(kinds)('never leaves the namespace of the store (%s)', (kind) => {
    for (const namespace of namespaces) {
      const resolution = resolveReference(scope, { kind, name: 'login', namespace });
      if (resolution.allowed) expect(resolution.key.namespace).toBe('team-a');
      else expect(namespace).toBe('team-b');
    }
  });

  it('is looked up in the namespace of the store even if a consumer elsewhere asks', () => {
    const resolution = resolveReference({ ...scope, consumerNamespace: 'team-b' }, { kind: 'Secret', name: 'login' });
    expect(resolution).toEqual({ allowed: true, key: { namespace: 'team-a', name: 'login' } });
  });

  it('says which namespace was asked for and what to do', () => {
    const resolution = resolveReference(scope, { kind: 'Secret', name: 'login', namespace: 'team-b' });
    expect(resolution).toMatchObject({ allowed: false, referent: false });
    expect(resolution).toHaveProperty('why', expect.stringContaining('"team-b"'));
    expect(resolution).toHaveProperty('why', expect.stringContaining('ClusterSecretStore'));
  });
});

describe('a reference of a ClusterSecretStore', () => {
  const scope = { storeKind: 'ClusterSecretStore', storeNamespace: undefined, consumerNamespace: 'team-a' } as const;

  it('goes to the namespace that it names', () => {
    const resolution = resolveReference(scope, { kind: 'Secret', name: 'login', namespace: 'vault' });
    expect(resolution).toEqual({ allowed: true, key: { namespace: 'vault', name: 'login' } });
  });

  it('goes to the consumer where it names none', () => {
    const resolution = resolveReference(scope, { kind: 'ServiceAccount', name: 'login' });
    expect(resolution).toEqual({ allowed: true, key: { namespace: 'team-a', name: 'login' } });
  });

  it('is a referent one while there is no consumer', () => {
    const resolution = resolveReference({ ...scope, consumerNamespace: undefined }, { kind: 'Secret', name: 'login' });
    expect(resolution).toMatchObject({ allowed: false, referent: true });
  });

  it('needs a name', () => {
    expect(resolveReference(scope, { kind: 'Secret' })).toMatchObject({ allowed: false, referent: false });
  });
});
