import { beforeEach, expect, it } from 'vitest';
import { kubeObserver } from './kube-observer.ts';
import { Metrics } from './metrics.ts';
import { seriesOf } from './series.fixture.ts';

let metrics: Metrics;
let progress: number;

beforeEach(() => {
  metrics = new Metrics({ storeKinds: ['SecretStore'], extendedLabels: false });
  progress = 0;
  metrics.onProgress = () => (progress += 1);
});

async function shown(name: string): Promise<Record<string, number>> {
  const all = seriesOf(await metrics.registry.metrics());
  return Object.fromEntries([...all].filter(([series]) => series === name || series.startsWith(`${name}{`)));
}

it('counts calls of providers, by provider and by store, and how many keys a read asks for', async () => {
  const call = { provider: 'vault', store: 'SecretStore/team-a/main', durationMs: 5 };
  metrics.engine.call?.({ ...call, kind: 'read', refs: 3, ok: true });
  metrics.engine.call?.({ ...call, kind: 'read', refs: 40, ok: true });
  metrics.engine.call?.({ ...call, kind: 'read', refs: 1, ok: false, code: 'unavailable' });
  metrics.engine.call?.({ ...call, kind: 'connect', refs: 1, ok: true });
  const [read, failed, connect] = [
    ['call="read"', 'status="success"'],
    ['call="read"', 'status="error"'],
    ['call="connect"', 'status="success"'],
  ] as const;
  expect(await shown('externalsecret_provider_api_calls_count')).toEqual({
    [`externalsecret_provider_api_calls_count{${read[0]},provider="vault",${read[1]}}`]: 2,
    [`externalsecret_provider_api_calls_count{${failed[0]},provider="vault",${failed[1]}}`]: 1,
    [`externalsecret_provider_api_calls_count{${connect[0]},provider="vault",${connect[1]}}`]: 1,
  });
  expect(await shown('esox_store_calls_total')).toEqual({
    [`esox_store_calls_total{${read[0]},${read[1]},store="SecretStore/team-a/main"}`]: 2,
    [`esox_store_calls_total{${failed[0]},${failed[1]},store="SecretStore/team-a/main"}`]: 1,
    [`esox_store_calls_total{${connect[0]},${connect[1]},store="SecretStore/team-a/main"}`]: 1,
  });
  expect(await shown('esox_read_batch_size_sum')).toEqual({ 'esox_read_batch_size_sum{provider="vault"}': 44 });
  expect(await shown('esox_read_batch_size_count')).toEqual({ 'esox_read_batch_size_count{provider="vault"}': 3 });
  expect(progress).toBe(4);
});

it.each<[string, () => void, number]>([
  ['esox_reads_joined_total{provider="vault"}', () => metrics.engine.joined?.('vault'), 1],
  ['esox_read_cache_hits_total{provider="vault"}', () => metrics.engine.cacheHit?.('vault'), 1],
  ['esox_provider_pauses_total{provider="vault"}', () => metrics.engine.paused?.('vault', 1_000), 1],
  ['esox_read_cache_bytes', () => metrics.engine.cacheBytes?.(512), 512],
  ['esox_provider_clients', () => metrics.engine.clients?.(3), 3],
  ['esox_writes_avoided_total{resource="secret"}', () => metrics.controllers.writeAvoided?.('secret'), 1],
])('%s', async (series, happen, value) => {
  happen();
  expect((await shown(series.split('{')[0] ?? ''))[series]).toBe(value);
});

it('counts bugs by controller, without their text', async () => {
  metrics.controllers.unexpected?.({ controller: 'externalsecret', key: 'a/b', error: new Error('CANARY') });
  const series = 'esox_unexpected_errors_total{controller="externalsecret"}';
  expect(await shown('esox_unexpected_errors_total')).toEqual({ [series]: 1 });
  expect(await metrics.registry.metrics()).not.toContain('CANARY');
});

it('counts requests to the API server by verb, resource and code; the end of a watch is no progress', async () => {
  const silent = { level: 'silent', debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const observer = kubeObserver(metrics, silent as never);
  const request = { resource: 'secrets', durationMs: 1 };
  observer.request?.({ ...request, verb: 'get', status: 200 });
  observer.request?.({ ...request, verb: 'get', status: 200 });
  observer.request?.({ ...request, verb: 'create', status: 409 });
  observer.request?.({ ...request, verb: 'get', status: undefined });
  observer.request?.({ ...request, verb: 'watch', status: 200 });
  observer.relisted?.({ resource: 'secrets', reason: 'expired' });
  observer.watchFailed?.({ resource: 'secrets', error: Object.assign(new Error(), { code: 'unavailable' }) as never });
  expect(await shown('esox_kubernetes_requests_total')).toEqual({
    'esox_kubernetes_requests_total{code="200",resource="secrets",verb="get"}': 2,
    'esox_kubernetes_requests_total{code="409",resource="secrets",verb="create"}': 1,
    'esox_kubernetes_requests_total{code="0",resource="secrets",verb="get"}': 1,
    'esox_kubernetes_requests_total{code="200",resource="secrets",verb="watch"}': 1,
  });
  expect(await shown('esox_watch_relists_total')).toEqual({
    'esox_watch_relists_total{reason="expired",resource="secrets"}': 1,
  });
  expect(await shown('esox_watch_failures_total')).toEqual({ 'esox_watch_failures_total{resource="secrets"}': 1 });
  expect(progress).toBe(4);
});
