import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type PolicyRule, testbed } from '@esox/testbed';
import { expect, it } from 'vitest';
import { OperatorProcess } from './operator-process.fixture.ts';

const { kubernetes } = testbed();
const reviews: PolicyRule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

async function account(name: string, clusterRules: readonly PolicyRule[]) {
  return kubernetes.createUser({ namespace: await kubernetes.createNamespace(), name, clusterRules });
}

async function scrape(port: number, token?: string): Promise<{ status: number | undefined; body: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port, path: '/metrics', headers, agent: false, rejectUnauthorized: false };
  const outgoing = request(options);
  const answered = once(outgoing, 'response');
  outgoing.end();
  const [response] = (await answered) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

it('metrics are for those whom RBAC allows to get /metrics, over TLS; ready or not', async () => {
  const { user, token } = await account('operator', reviews);
  const kubeconfig = join(tmpdir(), `esox-access-${randomUUID()}.json`);
  await writeFile(kubeconfig, kubernetes.kubeconfig({ token }), { mode: 0o600 });
  const args = ['--metrics-secure', '--metrics-auth', '--loglevel', 'debug'];
  await using operator = await OperatorProcess.start({ args, env: { KUBECONFIG: kubeconfig } });
  // Whether this server knows our kinds does not matter.
  await operator.answers('/healthz');
  const scraper = await account('scraper', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
  const other = await account('other', []);
  const since = new Date();
  const status = async (bearer?: string) => (await scrape(operator.metricsPort, bearer)).status;
  expect(await status()).toBe(401);
  expect(await status('made-up')).toBe(401);
  expect(await status(other.token)).toBe(403);
  expect(await status(scraper.token)).toBe(200);
  for (let again = 0; again < 5; again += 1) expect(await status(scraper.token)).toBe(200);
  expect((await scrape(operator.metricsPort, scraper.token)).body).toContain('esox_kubernetes_requests_total');
  const asked = (await kubernetes.requests({ user, since })).filter(({ verb }) => verb === 'create');
  expect(asked.map(({ resource }) => resource).toSorted()).toEqual([
    ...['subjectaccessreviews', 'subjectaccessreviews', 'tokenreviews', 'tokenreviews', 'tokenreviews'],
  ]);
  await expect(operator.get(operator.metricsPort, '/metrics')).rejects.toThrow();
  for (const secret of [scraper.token, other.token, 'made-up']) expect(operator.output).not.toContain(secret);
});
