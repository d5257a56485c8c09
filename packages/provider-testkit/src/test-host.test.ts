import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ProviderError } from '@esox/core';
import { testHost } from './test-host.ts';

const call = { signal: new AbortController().signal };

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return ProviderError.is(error) ? error.code : inspect(error);
}

test('references are looked up by namespace and name, then by name', async () => {
  const host = testHost({
    secrets: { app: { key: 'any' }, 'test/app': { key: 'own' }, 'other/app': { key: Uint8Array.of(0xff) } },
    configMaps: { ca: { 'ca.crt': 'pem' } },
  });
  expect((await host.secret({ name: 'app', key: 'key' }, call)).openText()).toBe('own');
  expect((await host.secret({ name: 'app', namespace: 'third', key: 'key' }, call)).openText()).toBe('any');
  expect([...(await host.secret({ name: 'app', namespace: 'other', key: 'key' }, call)).open()]).toEqual([0xff]);
  expect(await host.configMap({ name: 'ca', key: 'ca.crt' }, call)).toBe('pem');
});

test('a cluster store looks references up in the namespace of its consumer', async () => {
  const store = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: 'team' } as const;
  const host = testHost({ secrets: { 'team/app': { key: 'team' } }, store });
  expect((await host.secret({ name: 'app', key: 'key' }, call)).openText()).toBe('team');
});

test('what is missing rejects as the operator rejects it', async () => {
  const host = testHost({ secrets: { app: { key: 'value' } } });
  expect(await codeOf(host.secret({ name: 'no', key: 'key' }, call))).toBe('unauthenticated');
  expect(await codeOf(host.secret({ name: 'app', key: 'toString' }, call))).toBe('unauthenticated');
  expect(await codeOf(host.secret({ name: 'app' }, call))).toBe('invalid-config');
  expect(await codeOf(host.serviceAccountToken({ name: 'no' }, { audiences: [] }, call))).toBe('unauthenticated');
  expect(await host.podToken(call)).toBeUndefined();
  expect(host.environment).toEqual({});
});

test('tokens may depend on what is asked for; the environment is the test’s own', async () => {
  const host = testHost({
    tokens: { fixed: 'token', made: ({ audiences }) => `for ${audiences.join()}` },
    environment: { AWS_REGION: 'eu-central-1' },
    podToken: 'pod',
  });
  const request = { audiences: ['vault'] };
  expect((await host.serviceAccountToken({ name: 'fixed' }, request, call)).openText()).toBe('token');
  expect((await host.serviceAccountToken({ name: 'made' }, request, call)).openText()).toBe('for vault');
  expect((await host.podToken(call))?.openText()).toBe('pod');
  expect(host.environment).toEqual({ AWS_REGION: 'eu-central-1' });
});

test('keeps what is logged', () => {
  const host = testHost();
  host.log.warn('slow', { key: 'a' });
  host.log.debug('done');
  expect(host.logs).toEqual([
    { level: 'warn', message: 'slow', fields: { key: 'a' } },
    { level: 'debug', message: 'done', fields: {} },
  ]);
});

test('a plugin that wipes a secret does not change the object', async () => {
  const host = testHost({ secrets: { app: { key: Uint8Array.of(1, 2) } } });
  (await host.secret({ name: 'app', key: 'key' }, call)).wipe();
  expect([...(await host.secret({ name: 'app', key: 'key' }, call)).open()]).toEqual([1, 2]);
});
