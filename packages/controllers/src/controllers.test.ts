import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@esox/cluster/embedded';
import { afterAll, beforeAll, describe } from 'vitest';
import { admitManifest } from './admission/admit-manifest.ts';
import { creationScenarios } from './scenarios/creation.fixture.ts';
import { economyScenarios } from './scenarios/economy.fixture.ts';
import { entryScenarios } from './scenarios/entries.fixture.ts';
import { failureScenarios } from './scenarios/failures.fixture.ts';
import { lifetimeScenarios } from './scenarios/lifetimes.fixture.ts';
import { mergingScenarios } from './scenarios/merging.fixture.ts';
import { ownershipScenarios } from './scenarios/ownership.fixture.ts';
import { policyScenarios } from './scenarios/policies.fixture.ts';
import { refreshScenarios } from './scenarios/refresh.fixture.ts';
import { sharingScenarios } from './scenarios/sharing.fixture.ts';
import { storeLifeScenarios } from './scenarios/store-life.fixture.ts';
import { storeValidationScenarios } from './scenarios/store-validation.fixture.ts';
import { storeScenarios } from './scenarios/stores.fixture.ts';
import { syncScenarios } from './scenarios/sync.fixture.ts';
import { templateScenarios } from './scenarios/templates.fixture.ts';
import { type Side, uniqueName } from './side.fixture.ts';

describe('controllers on the embedded side', () => {
  let side: Side;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'esox-controllers-'));
    const cluster = await openEmbedded({
      manifests: folder,
      output: join(folder, 'output'),
      validate: admitManifest,
    });
    side = {
      cluster,
      namespace: () => Promise.resolve(uniqueName('scene')),
      close: async () => {
        await cluster.close();
        await rm(folder, { recursive: true });
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
  describe('economy', () => economyScenarios(() => side));
});
