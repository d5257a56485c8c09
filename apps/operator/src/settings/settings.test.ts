import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { addressOf } from './address.ts';
import { readSettings } from './settings.ts';

const read = (...args: string[]) => readSettings(args, {}, false);

it('has at least 200 objects in work, and more where more are wanted', () => {
  expect(read().concurrency).toBe(200);
  expect(read('--concurrent=5').concurrency).toBe(200);
  expect(read('--concurrent=500').concurrency).toBe(500);
});

it('serves all namespaces and both kinds of stores, or what is asked for', () => {
  const both = ['SecretStore', 'ClusterSecretStore'];
  expect(read()).toMatchObject({ namespace: undefined, storeKinds: both, reportedStoreKinds: both });
  expect(read('--namespace=team-a', '--enable-cluster-store-reconciler=false')).toMatchObject({
    namespace: 'team-a',
    storeKinds: ['SecretStore'],
    reportedStoreKinds: ['SecretStore'],
  });
  // Its ExternalSecrets are served all the same.
  expect(read('--enable-secret-store-reconciler=false')).toMatchObject({
    storeKinds: both,
    reportedStoreKinds: ['ClusterSecretStore'],
  });
});

it.each([
  [':8080', { host: undefined, port: 8080 }],
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['0', undefined],
  ['', undefined],
])('the address %j is %j', (text, address) => {
  expect(addressOf(text)).toEqual(address);
});

it.each(['8080', ':http', '::1:8080', 'host', ':65536', ':-1'])('%j is no address', (text) => {
  expect(() => addressOf(text)).toThrow(`"${text}" is not an address`);
});

it('serves metrics in the clear, or over TLS with a certificate of its own or from a folder', () => {
  expect(read().metrics).toEqual({ address: { host: undefined, port: 8080 }, tls: undefined, authorized: false });
  expect(read('--metrics-secure').metrics).toMatchObject({ tls: { files: undefined }, authorized: false });
  expect(read('--metrics-secure', '--metrics-auth', '--metrics-cert-dir=/tls').metrics).toMatchObject({
    tls: { files: { cert: '/tls/tls.crt', key: '/tls/tls.key' } },
    authorized: true,
  });
  const files = ['--metrics-cert-dir=/tls', '--metrics-cert-name=a.crt', '--metrics-key-name=a.key'];
  expect(read('--metrics-secure', ...files).metrics?.tls?.files).toEqual({ cert: '/tls/a.crt', key: '/tls/a.key' });
  expect(read('--metrics-addr=0').metrics).toBeUndefined();
});

it('elects no leader unless it is told to, with the times of ESO', () => {
  expect(read().leaderElection).toBeUndefined();
  expect(read('--enable-leader-election').leaderElection).toEqual({
    name: 'external-secrets-controller',
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
  });
  const times = ['--leader-election-lease-duration=9s', '--leader-election-renew-deadline=6s'];
  const more = ['--leader-election-retry-period=1s', '--leader-election-id=mine'];
  expect(read('--enable-leader-election', ...times, ...more).leaderElection).toEqual({
    name: 'mine',
    leaseDurationMs: 9_000,
    renewDeadlineMs: 6_000,
    retryPeriodMs: 1_000,
  });
});

it.each([
  [['--metrics-auth'], '--metrics-secure'],
  [['--metrics-auth', '--metrics-secure', '--embedded=m'], '--metrics-auth needs a cluster'],
  [['--once'], '--once needs --embedded'],
  [['--output-dir=out'], '--output-dir needs --embedded'],
  [['--enable-leader-election', '--leader-election-lease-duration=10s'], 'lease-duration must be longer'],
  [['--enable-leader-election', '--leader-election-renew-deadline=2s'], 'over 1.2 times'],
  [['--enable-leader-election', '--leader-election-retry-period=0'], 'over 1.2 times'],
  [['--enable-leader-election', '--leader-election-id='], 'must not be empty'],
])('%j makes no sense', (args, text) => {
  expect(() => read(...args)).toThrow(expect.objectContaining({ name: 'SettingsError', message: expect.any(String) }));
  expect(() => read(...args)).toThrow(text);
});

it('refuses an environment that would leak or weaken', () => {
  const given = (environment: NodeJS.ProcessEnv) => () => readSettings([], environment, false);
  expect(given({ NODE_DEBUG: 'http' })).toThrow('NODE_DEBUG');
  expect(given({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow('NODE_TLS_REJECT_UNAUTHORIZED');
  expect(given({ NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_DEBUG: '' })).not.toThrow();
});

it('serves a folder on no port but those that are asked for, and elects no leader there', () => {
  const settings = read('--embedded=manifests', '--enable-leader-election');
  expect(settings).toMatchObject({ metrics: undefined, liveAddress: undefined, leaderElection: undefined });
  expect(settings.warnings).toEqual([expect.stringContaining('--enable-leader-election has no effect')]);
  expect(settings.embedded).toEqual({ manifests: resolve('manifests'), output: resolve('manifests/output') });
  expect(read('--embedded=m', '--output-dir=out').embedded?.output).toBe(join(process.cwd(), 'out'));
  expect(read('--embedded=m', '--live-addr=:1').liveAddress).toEqual({ host: undefined, port: 1 });
});

it('takes proxies in small letters before large ones', () => {
  const environment = { https_proxy: 'http://small', HTTPS_PROXY: 'http://large', NO_PROXY: 'local', HTTP_PROXY: '' };
  const proxy = { httpProxy: undefined, httpsProxy: 'http://small', noProxy: 'local' };
  expect(readSettings([], environment, false).proxy).toEqual(proxy);
});

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
])('colours a terminal (%s) in the environment %j: %s', (isTerminal, environment, colour) => {
  expect(readSettings([], environment, isTerminal).colour).toBe(colour);
});
