import { beforeEach, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';
import type { Labels } from './object-metrics.ts';
import { seriesOf } from './series.fixture.ts';

const storeKinds = ['SecretStore', 'ClusterSecretStore'] as const;
const key = 'team-a/app';
const app = 'name="app",namespace="team-a"';
let metrics: Metrics;
let labels: Labels | undefined;

beforeEach(() => {
  metrics = new Metrics({ storeKinds, extendedLabels: false });
  use(metrics);
});

function use(used: Metrics): void {
  metrics = used;
  labels = {};
  metrics.labelsOf = () => labels;
}

/** Series of these metrics. */
async function shown(...names: string[]): Promise<Record<string, number>> {
  const all = seriesOf(await metrics.registry.metrics());
  return Object.fromEntries([...all].filter(([series]) => names.some((name) => series.startsWith(`${name}{`))));
}

function pass(outcome: 'success' | 'error' | 'requeue_after', controller = 'externalsecret', of = key): void {
  metrics.controllers.reconciled?.({ controller, key: of, outcome, durationMs: 12 });
}

function condition(status: string, controller = 'externalsecret', of = key): void {
  metrics.controllers.condition?.({ controller, key: of, type: 'Ready', status });
}

it('counts passes and failures of ExternalSecrets, and keeps the last duration in nanoseconds', async () => {
  for (const outcome of ['success', 'requeue_after', 'error'] as const) pass(outcome);
  expect(await shown('externalsecret_sync_calls_total', 'externalsecret_sync_calls_error')).toEqual({
    [`externalsecret_sync_calls_total{${app}}`]: 3,
    [`externalsecret_sync_calls_error{${app}}`]: 1,
  });
  expect(await shown('externalsecret_reconcile_duration')).toEqual({
    [`externalsecret_reconcile_duration{${app}}`]: 12_000_000,
  });
  expect(await shown('controller_runtime_reconcile_total')).toEqual({
    'controller_runtime_reconcile_total{controller="externalsecret",result="success"}': 1,
    'controller_runtime_reconcile_total{controller="externalsecret",result="requeue_after"}': 1,
    'controller_runtime_reconcile_total{controller="externalsecret",result="error"}': 1,
  });
  const time = await shown(
    'controller_runtime_reconcile_time_seconds_sum',
    'controller_runtime_reconcile_time_seconds_count',
  );
  expect(time['controller_runtime_reconcile_time_seconds_count{controller="externalsecret"}']).toBe(3);
  expect(time['controller_runtime_reconcile_time_seconds_sum{controller="externalsecret"}']).toBeCloseTo(0.036);
});

const ready = (status: string, name = 'externalsecret', of = app) =>
  `${name}_status_condition{condition="Ready",${of},status="${status}"}`;
const deleted = `externalsecret_status_condition{condition="Deleted",${app},status="False"}`;

it('the status of a condition is 1 and its opposite 0', async () => {
  condition('True');
  expect(await shown('externalsecret_status_condition')).toEqual({ [ready('True')]: 1, [ready('False')]: 0 });
  condition('False');
  expect(await shown('externalsecret_status_condition')).toEqual({ [ready('True')]: 0, [ready('False')]: 1 });
});

it('a deleted ExternalSecret has Deleted in place of Ready, and one that is made anew Ready in place of Deleted', async () => {
  condition('True');
  pass('success');
  labels = undefined;
  metrics.controllers.forgotten?.('externalsecret', key);
  pass('success');
  expect(await shown('externalsecret_status_condition', 'externalsecret_reconcile_duration')).toEqual({ [deleted]: 1 });
  labels = {};
  condition('False');
  expect(await shown('externalsecret_status_condition')).toEqual({ [ready('True')]: 0, [ready('False')]: 1 });
});

it.each([
  ['secretstore', key, app, 'SecretStore/team-a/app'],
  ['clustersecretstore', 'shared', 'name="shared",namespace=""', 'ClusterSecretStore/shared'],
])('of a %s that is gone no series stays', async (controller, of, identity, store) => {
  condition('True', controller, of);
  pass('success', controller, of);
  metrics.engine.call?.({ provider: 'fake', store, kind: 'check', refs: 1, ok: true, durationMs: 1 });
  metrics.engine.call?.({ provider: 'fake', store, kind: 'read', refs: 2, ok: false, durationMs: 1 });
  expect(await shown(`${controller}_status_condition`, `${controller}_reconcile_duration`)).toEqual({
    [ready('True', controller, identity)]: 1,
    [ready('False', controller, identity)]: 0,
    [`${controller}_reconcile_duration{${identity}}`]: 12_000_000,
  });
  expect(Object.values(await shown('esox_store_calls_total'))).toEqual([1, 1]);
  labels = undefined;
  metrics.controllers.forgotten?.(controller, of);
  pass('success', controller, of);
  const names = [`${controller}_status_condition`, `${controller}_reconcile_duration`, 'esox_store_calls_total'];
  expect(await shown(...names)).toEqual({});
});

it('metrics of a kind that is not reported are not there', async () => {
  use(new Metrics({ storeKinds: ['ClusterSecretStore'], extendedLabels: false }));
  condition('True', 'secretstore');
  pass('success', 'secretstore');
  const text = await metrics.registry.metrics();
  expect(text).not.toContain('# TYPE secretstore_');
  expect(text).toContain('# TYPE clustersecretstore_');
});

const extended = (name: string, version: string) =>
  [
    'app_kubernetes_io_component=""',
    'app_kubernetes_io_instance=""',
    'app_kubernetes_io_managed_by="Helm"',
    `app_kubernetes_io_name="${name}"`,
    'app_kubernetes_io_part_of=""',
    `app_kubernetes_io_version="${version}"`,
  ].join(',');

it('extended labels come from the object, and a series follows them', async () => {
  use(new Metrics({ storeKinds, extendedLabels: true }));
  const own = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/managed-by': 'Helm', name: 'other', team: 'a' };
  labels = { ...own, 'app.kubernetes.io/version': '1.0' };
  pass('error');
  condition('True');
  const names = [
    'externalsecret_sync_calls_total',
    'externalsecret_sync_calls_error',
    'externalsecret_status_condition',
  ];
  const series = (version: string) => ({
    [`externalsecret_sync_calls_total{${extended('shop', version)},${app}}`]: 1,
    [`externalsecret_sync_calls_error{${extended('shop', version)},${app}}`]: 1,
    [`externalsecret_status_condition{${extended('shop', version)},condition="Ready",${app},status="True"}`]: 1,
    [`externalsecret_status_condition{${extended('shop', version)},condition="Ready",${app},status="False"}`]: 0,
  });
  expect(await shown(...names)).toEqual(series('1.0'));
  labels = { ...own, 'app.kubernetes.io/version': '2.0' };
  pass('error');
  condition('True');
  expect(await shown(...names)).toEqual(series('2.0'));

  labels = undefined;
  metrics.controllers.forgotten?.('externalsecret', key);
  expect(await shown('externalsecret_status_condition', 'externalsecret_reconcile_duration')).toEqual({
    [`externalsecret_status_condition{${extended('shop', '2.0')},condition="Deleted",${app},status="False"}`]: 1,
  });
});
