import { describe, expect, test } from 'vitest';
import { parseExternalSecret, parseStore } from './parse.ts';

const metadata = { name: 'db', namespace: 'team-a', labels: { app: 'web' } };
const data = [{ secretKey: 'password', remoteRef: { key: 'team/db' } }];

describe('an ExternalSecret', () => {
  test('gets the defaults of the CRD and nothing else (scenario 56)', () => {
    const parsed = parseExternalSecret({ metadata, spec: { secretStoreRef: { name: 'vault' }, data } });
    expect(parsed).toEqual({
      ok: true,
      value: {
        metadata,
        spec: {
          secretStoreRef: { name: 'vault' },
          target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
          refreshInterval: '1h0m0s',
          data,
        },
      },
    });
  });

  test('keeps no unknown field', () => {
    const parsed = parseExternalSecret({ metadata, spec: { data, other: 1 }, extra: true });
    expect(parsed.ok && Object.keys(parsed.value)).toEqual(['metadata', 'spec']);
    expect(parsed.ok && Object.keys(parsed.value.spec)).not.toContain('other');
  });

  test('without a spec is a shape that the rules then refuse', () => {
    expect(parseExternalSecret({ metadata })).toMatchObject({
      ok: true,
      value: { spec: { refreshInterval: '1h0m0s' } },
    });
  });

  test('with a status that does not fit loses it', () => {
    const parsed = parseExternalSecret({ metadata, spec: { data }, status: { refreshTime: 7 } });
    expect(parsed.ok && parsed.value.status).toBeUndefined();
  });

  test('is refused with every problem and its place, and without the values found', () => {
    const spec = {
      refreshInterval: 'hunter2',
      refreshPolicy: 'hunter2',
      syncWindows: { kind: 'allow', windows: [{ schedule: 'hunter2', duration: 'hunter2' }] },
      data: [{ secretKey: 'hunter 2', remoteRef: 'hunter2' }],
      dataFrom: [{ sourceRef: {} }, { rewrite: [{}] }],
      target: { name: '', immutable: 'hunter2' },
    };
    const parsed = parseExternalSecret({ metadata, spec });
    expect(parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`).toSorted()).toEqual([
      'spec.dataFrom[0].sourceRef set exactly one of storeRef and generatorRef',
      'spec.dataFrom[1].rewrite[0] set exactly one of merge, regexp and transform',
      'spec.data[0].remoteRef must be an object',
      'spec.data[0].secretKey must match /^[-._a-zA-Z0-9]+$/',
      'spec.refreshInterval must be a duration such as 1h30m, 45s or 0s',
      'spec.refreshPolicy must be one of CreatedOnce, Periodic, OnChange',
      'spec.syncWindows.windows[0].duration must be a duration such as 1h30m, 45s or 0s',
      expect.stringMatching(/^spec\.syncWindows\.windows\[0\]\.schedule must match /),
      'spec.target.immutable must be a boolean',
      'spec.target.name must have 1 or more characters',
      expect.stringMatching(/^spec\.target\.name must match /),
    ]);
    expect(JSON.stringify(parsed)).not.toContain('hunter');
  });

  test.each([[undefined], [null], ['text'], [[]], [{ spec: {} }]])('%j is no object', (object) => {
    expect(parseExternalSecret(object).ok).toBe(false);
  });
});

describe('a store', () => {
  test('keeps its provider as it is, for the provider to check', () => {
    const provider = { vault: { server: 'https://vault.example.com', unknown: [1] } };
    expect(parseStore({ metadata, spec: { provider, refreshInterval: 60 } })).toEqual({
      ok: true,
      value: { metadata, spec: { provider, refreshInterval: 60 } },
    });
  });

  test.each<[string, object, string[]]>([
    ['no spec', {}, ['spec']],
    ['no provider', { spec: {} }, ['spec.provider']],
    ['two providers', { spec: { provider: { fake: {}, vault: {} } } }, ['spec.provider']],
    [
      'a refreshInterval of another type',
      { spec: { provider: { fake: {} }, refreshInterval: true } },
      ['spec.refreshInterval'],
    ],
    [
      'a retryInterval that is no duration',
      { spec: { provider: { fake: {} }, retrySettings: { retryInterval: 'soon' } } },
      ['spec.retrySettings.retryInterval'],
    ],
  ])('with %s is refused', (_, fields, paths) => {
    const parsed = parseStore({ metadata, ...fields });
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual(paths);
  });
});
