import { waitUntil } from '@esox/testbed';
import { beforeAll, expect, it } from 'vitest';
import { externalSecret, fakeStore, manifestFolder } from './manifests.fixture.ts';
import { seriesOf } from './metrics/series.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';

let series: ReadonlyMap<string, number>;

/** Ten ExternalSecrets that read the same three keys, and one that reads a key that is not there. */
beforeAll(async () => {
  await using folder = await manifestFolder();
  const names = Array.from({ length: 10 }, (_unused, index) => `app-${index}`);
  await folder.write(
    'all.yaml',
    fakeStore('main', { user: 'u', password: 'p', host: 'h' }),
    ...names.map((name) => externalSecret(name, 'main', 'user', 'password', 'host')),
    externalSecret('broken', 'main', 'absent'),
  );
  await using operator = await OperatorProcess.start({ args: ['--embedded', folder.path] });
  const errors = 'externalsecret_sync_calls_error{name="broken",namespace="team-a"}';
  const scrape = async () => seriesOf((await operator.get(operator.metricsPort, '/metrics')).text);
  await operator.ready();
  await waitUntil(async () => (await scrape()).has(errors), { what: 'the failure', deadlineMs: 10_000 });
  for (const name of names) {
    await waitUntil(() => folder.secret(name), { what: `the Secret ${name}`, deadlineMs: 10_000 });
  }
  series = await scrape();
  await operator.end('SIGTERM');
});

const total = (prefix: string) =>
  [...series].filter(([name]) => name.startsWith(prefix)).reduce((sum, [, value]) => sum + value, 0);

it('what objects ask for is read once, joined, or remembered', () => {
  const reads = total('esox_store_calls_total{call="read",status="success",store="SecretStore/team-a/main"}');
  const keys = series.get('esox_read_batch_size_sum{provider="fake"}') ?? 0;
  const [joined, hits] = [total('esox_reads_joined_total'), total('esox_read_cache_hits_total')];
  expect(keys + joined + hits).toBeGreaterThanOrEqual(31);
  // Each of the four keys once, or a few times where objects came one after the other.
  expect(keys).toBeLessThanOrEqual(8);
  expect(joined).toBeGreaterThanOrEqual(20);
  expect(reads).toBe(series.get('esox_read_batch_size_count{provider="fake"}'));
  expect(total('externalsecret_provider_api_calls_count{call="read",provider="fake",status="success"}')).toBe(reads);
  expect(total('esox_store_calls_total{call="connect"')).toBe(1);
  expect(series.get('esox_provider_clients')).toBe(1);
  expect(series.get('esox_read_cache_bytes')).toBeGreaterThan(0);
});

it('objects are shown by state, and queues by controller', () => {
  expect(
    series.get('externalsecret_status_condition{condition="Ready",name="app-3",namespace="team-a",status="True"}'),
  ).toBe(1);
  expect(
    series.get('externalsecret_status_condition{condition="Ready",name="broken",namespace="team-a",status="False"}'),
  ).toBe(1);
  expect(
    series.get('secretstore_status_condition{condition="Ready",name="main",namespace="team-a",status="True"}'),
  ).toBe(1);
  // All wait for their time: the ten for their interval, the failed one for its next try.
  expect(series.get('esox_objects_delayed')).toBe(11);
  const idle = ['esox_objects_in_work', 'esox_objects_parked', 'esox_oldest_overdue_seconds'];
  for (const name of idle) expect(series.get(name)).toBe(0);
  for (const name of ['new', 'caused', 'retry', 'periodic']) {
    expect(series.get(`esox_objects_waiting{class="${name}"}`)).toBe(0);
  }
  for (const controller of ['externalsecret', 'secretstore', 'clustersecretstore']) {
    expect(series.get(`workqueue_depth{name="${controller}"}`)).toBe(0);
    expect(series.get(`controller_runtime_active_workers{controller="${controller}"}`)).toBe(0);
    expect(series.get(`controller_runtime_max_concurrent_reconciles{controller="${controller}"}`)).toBe(200);
  }
  expect(series.get('controller_runtime_reconcile_total{controller="externalsecret",result="error"}')).toBeGreaterThan(
    0,
  );
});
