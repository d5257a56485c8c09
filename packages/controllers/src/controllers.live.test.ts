import { crds } from '@esox/api/crds';
import { connectKube, findConnection } from '@esox/cluster/kube';
import { systemClock } from '@esox/core/host';
import { type ApiServer, installCustomResourceDefinition, startKubeApiServer, testbed } from '@esox/testbed';
import { afterAll, beforeAll, describe } from 'vitest';
import { creationScenarios } from './scenarios/creation.fixture.ts';
import { economyScenarios } from './scenarios/economy.fixture.ts';
import { entryScenarios } from './scenarios/entries.fixture.ts';
import { failureScenarios } from './scenarios/failures.fixture.ts';
import { lifetimeScenarios } from './scenarios/lifetimes.fixture.ts';
import { mergingScenarios } from './scenarios/merging.fixture.ts';
import { ownershipScenarios } from './scenarios/ownership.fixture.ts';
import { policyScenarios } from './scenarios/policies.fixture.ts';
import { refreshScenarios } from './scenarios/refresh.fixture.ts';
import { serverRefusalScenarios } from './scenarios/server-refusals.fixture.ts';
import { sharingScenarios } from './scenarios/sharing.fixture.ts';
import { storeLifeScenarios } from './scenarios/store-life.fixture.ts';
import { storeValidationScenarios } from './scenarios/store-validation.fixture.ts';
import { storeScenarios } from './scenarios/stores.fixture.ts';
import { syncScenarios } from './scenarios/sync.fixture.ts';
import { templateScenarios } from './scenarios/templates.fixture.ts';
import { scriptedSchema } from './scripted-provider.fixture.ts';
import type { Side } from './side.fixture.ts';

// Its own API server: the CRDs here have providers of their own.
describe('controllers on a real API server', () => {
  let api: ApiServer;
  let side: Side;

  beforeAll(async () => {
    api = await startKubeApiServer({ etcdUrl: testbed().etcd.url, etcdPrefix: '/controllers' });
    // `nowhere` is in the CRD, but no installed plugin serves it.
    const providers = ['scripted', 'nowhere'].map((id) => ({ id, description: 'For tests.', schema: scriptedSchema }));
    for (const definition of crds(providers)) {
      await installCustomResourceDefinition(api.client, definition);
    }
    const connection = await findConnection({ clock: systemClock, environment: {}, kubeconfig: api.kubeconfigPath });
    if (!connection) throw new Error('the kubeconfig of the testbed names no cluster');
    const cluster = connectKube({
      connection,
      clock: systemClock,
      userAgent: 'esox/test',
      fieldManager: 'external-secrets',
    });
    side = {
      cluster,
      namespace: () => api.createNamespace({ prefix: 'scene' }),
      close: async () => {
        await cluster.close();
        await api.close();
      },
    };
  });

  afterAll(() => side.close());

  describe('sync', () => syncScenarios(() => side));
  describe('policies', () => policyScenarios(() => side));
  describe.concurrent('lifetimes', () => lifetimeScenarios(() => side));
  describe('creation', () => creationScenarios(() => side));
  describe('merging', () => mergingScenarios(() => side));
  describe.concurrent('sharing', () => sharingScenarios(() => side));
  describe('entries', () => entryScenarios(() => side));
  describe('templates', () => templateScenarios(() => side));
  describe('ownership', () => ownershipScenarios(() => side));
  describe.concurrent('refresh', () => refreshScenarios(() => side));
  describe('stores', () => storeScenarios(() => side));
  describe.concurrent('life of stores', () => storeLifeScenarios(() => side));
  describe('store validation', () => storeValidationScenarios(() => side));
  describe('failures', () => failureScenarios(() => side));
  describe.concurrent('refusals of the API server', () => serverRefusalScenarios(() => side));
  describe('economy', () => economyScenarios(() => side));
});
