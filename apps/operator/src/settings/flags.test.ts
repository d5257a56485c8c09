import { expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const read = (...args: string[]) => readSettings(args, {}, false);

/** ESO 2.9's flags of its controller, with their defaults, as its help prints them. */
const esoFlags: readonly (readonly [string, string])[] = [
  ['metrics-addr', ':8080'],
  ['metrics-secure', 'false'],
  ['metrics-auth', 'false'],
  ['metrics-cert-dir', ''],
  ['metrics-cert-name', 'tls.crt'],
  ['metrics-key-name', 'tls.key'],
  ['live-addr', ':8082'],
  ['controller-class', 'default'],
  ['enable-leader-election', 'false'],
  ['leader-election-id', 'external-secrets-controller'],
  ['leader-election-lease-duration', '15s'],
  ['leader-election-renew-deadline', '10s'],
  ['leader-election-retry-period', '2s'],
  ['concurrent', '1'],
  ['client-qps', '50'],
  ['client-burst', '100'],
  ['loglevel', 'info'],
  ['zap-time-encoding', 'epoch'],
  ['namespace', ''],
  ['enable-cluster-store-reconciler', 'true'],
  ['enable-secret-store-reconciler', 'true'],
  ['enable-cluster-external-secret-reconciler', 'true'],
  ['enable-cluster-push-secret-reconciler', 'true'],
  ['enable-push-secret-reconciler', 'true'],
  ['enable-secrets-caching', 'false'],
  ['enable-configmaps-caching', 'false'],
  ['enable-managed-secrets-caching', 'true'],
  ['enable-secret-api-read-on-cache-mismatch', 'true'],
  ['store-requeue-interval', '5m'],
  ['enable-flood-gate', 'true'],
  ['enable-generator-state', 'true'],
  ['enable-extended-metric-labels', 'false'],
  ['enable-http2', 'false'],
  ['unsafe-allow-generic-targets', 'false'],
  ['generator-gc-grace-period', '2m'],
  ['template-left-delimiter', '{{'],
  ['template-right-delimiter', '}}'],
  ['enable-vault-token-cache', 'false'],
  ['vault-token-cache-size', '262144'],
  ['experimental-enable-vault-token-cache', 'false'],
  ['experimental-vault-token-cache-size', '262144'],
  ['experimental-enable-doppler-oidc-cache', 'false'],
  ['experimental-doppler-oidc-cache-size', '262144'],
  ['doppler-etag-cache-size', '16384'],
  ['mysterybox-tokens-cache-size', '4096'],
  ['mysterybox-connections-cache-size', '128'],
];

it.each(esoFlags)('--%s is taken, as ESO takes it, and its default is %j', (name, preset) => {
  const { flags: given } = read(`--${name}=${preset}`);
  const { flags } = read();
  const attribute = name.replaceAll(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
  // Flags without an effect have no default here.
  if (attribute in flags) expect(flags).toHaveProperty(attribute, given[attribute as keyof typeof given]);
  else
    expect(read(`--${name}=${preset}`).warnings).toEqual([expect.stringMatching(`^--${name} has no effect: .{10,}`)]);
});

it.each([
  ['--enable-flood-gate=false', false],
  ['--enable-flood-gate=F', false],
  ['--enable-flood-gate=0', false],
  ['--enable-flood-gate', true],
  ['--enable-flood-gate=T', true],
])('%s is %s, as for a flag of Go', (flag, value) => {
  expect(read(flag, '--concurrent=1').flags.enableFloodGate).toBe(value);
});

it.each([
  ['--store-requeue-interval=1h30m', 5_400_000],
  ['--store-requeue-interval=1.5s', 1_500],
  ['--store-requeue-interval=0', 0],
])('%s is %d ms', (flag, ms) => {
  expect(read(flag).flags.storeRequeueInterval).toBe(ms);
});

it.each([
  ['--unknown'],
  ['--concurrent=-1'],
  ['--concurrent=1.5'],
  ['--concurrent='],
  ['--store-requeue-interval=5'],
  ['--store-requeue-interval=-5m'],
  ['--enable-flood-gate=maybe'],
  ['--loglevel=trace'],
  ['--zap-time-encoding=unix'],
  ['--namespace'],
  ['word'],
])('%s is refused', (flag) => {
  expect(() => read(flag)).toThrow(expect.objectContaining({ exitCode: 1 }));
});
