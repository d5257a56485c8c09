import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTERNAL_SECRETS } from '@esox/api';
import { portContract } from '../port-contract/port-contract.fixture.ts';
import { openEmbedded } from './embedded-cluster.ts';

portContract(
  'embedded',
  async () => {
    const manifests = await mkdtemp(join(tmpdir(), 'esox-port-'));
    const output = join(manifests, 'output');
    const cluster = await openEmbedded({ manifests, output, validate: (value) => ({ ok: true, value }) });
    const dispose = async () => {
      await cluster.close();
      await rm(manifests, { recursive: true });
    };
    const custom = {
      type: EXTERNAL_SECRETS,
      spec: (variant: number) => ({ refreshInterval: `${variant}h` }),
      status: { refreshTime: '2026-01-01T00:00:00Z' },
    };
    return { cluster, namespace: 'contract', custom, dispose };
  },
  { custom: true },
);
