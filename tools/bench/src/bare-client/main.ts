import { readFile } from 'node:fs/promises';
import { KubePool } from '../kube-pool.ts';
import type { ObjectPlan } from '../planned-objects.ts';
import { connections, writeAll } from './writes.ts';

/** As much as is read of the bench's own kubeconfig, which is JSON. */
interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { server: string; 'certificate-authority-data': string } }];
  readonly users: readonly [{ readonly user: { token: string } }];
}

/** What this process has used since its start. */
export interface BareClientUsage {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

// A process of its own, so that its start, CPU and memory compare with an operator's. The plan is its argument.
const plan = JSON.parse(process.argv[2] ?? '') as ObjectPlan;
const { clusters, users } = JSON.parse(await readFile(process.env['KUBECONFIG'] ?? '', 'utf8')) as Kubeconfig;
const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
const caPem = Buffer.from(ca, 'base64').toString();
await using pool = new KubePool({ url: server, token: users[0].user.token, caPem, connections });
await writeAll(pool, plan);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const usage: BareClientUsage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 };
process.stdout.write(JSON.stringify(usage));
