import { type ApiServer, type FaultAction, type ProxiedRequest, testbed } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterWithCrds } from '../test-cluster.fixture.ts';
import { ProvingGround } from './proving-ground.fixture.ts';

let api: ApiServer;

beforeAll(async () => {
  api = await clusterWithCrds('backend-faults');
});

afterAll(() => api.close());

const isRead = ({ path }: ProxiedRequest): boolean => path.includes('/data/');
const json = { 'content-type': 'application/json' };
const page = '<html><body>Bad gateway</body></html>';

/** Rows B20 to B24: whatever the backend does, a Secret keeps its last good value, even where absence would delete it. */
it.each<[string, FaultAction]>([
  ['resets its connections', { kind: 'reset' }],
  ['answers 503', { kind: 'answer', status: 503, body: '{"errors":["sealed"]}', headers: json }],
  ['answers 500 without a body', { kind: 'answer', status: 500 }],
  ['throttles', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
  ['answers 404 as another server would', { kind: 'answer', status: 404, body: page }],
  ['answers a page of HTML', { kind: 'answer', status: 200, body: page }],
  ['answers JSON of another kind', { kind: 'answer', status: 200, body: '{"data":[]}', headers: json }],
  ['breaks off in the middle of its answer', { kind: 'cut', afterBytes: 20 }],
  ['redirects', { kind: 'answer', status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
])(
  'a backend that %s changes no Secret, and is followed when it is well again',
  { timeout: 120_000 },
  async (_name, action) => {
    await using ground = await ProvingGround.open(api, testbed().vault);
    const first = await ground.put('app');
    await ground.externalSecret('app', { target: { deletionPolicy: 'Delete' } });
    await using operator = await ground.start();
    await ground.follows('app', first);
    const rule = ground.vaultProxy.rule({ match: isRead, action });
    const second = await ground.put('app');
    const message = await ground.fails('app');
    expect(message).toContain('spec.data[0]');
    expect(await ground.password('app')).toBe(first);
    rule.remove();
    await ground.follows('app', second);
    expect(await ground.leaks(operator)).toEqual([]);
  },
);

it(
  'a backend that hangs or drips holds its store only, and is followed when it is well again',
  { timeout: 150_000 },
  async () => {
    await using ground = await ProvingGround.open(api, testbed().vault);
    const first = await ground.put('app');
    await ground.externalSecret('app', { target: { deletionPolicy: 'Delete' } });
    await using operator = await ground.start();
    await ground.follows('app', first);
    for (const action of [{ kind: 'hang' }, { kind: 'stall', afterBytes: 10 }] as const) {
      const rule = ground.vaultProxy.rule({ match: isRead, times: 1, action });
      const next = await ground.put('app');
      await ground.follows('app', next, 60_000);
      expect(rule.hits).toBe(1);
    }
    expect((await operator.get(operator.livePort, '/healthz')).status).toBe(200);
    expect(await ground.leaks(operator)).toEqual([]);
  },
);

it(
  'row B22, a key that is gone for good: only then the Secret goes, and comes back with it',
  { timeout: 60_000 },
  async () => {
    await using ground = await ProvingGround.open(api, testbed().vault);
    const first = await ground.put('app');
    await ground.externalSecret('app', { target: { deletionPolicy: 'Delete' } });
    await using operator = await ground.start();
    await ground.follows('app', first);
    await testbed().vault.request('DELETE', `secret/metadata/${ground.namespace}/app`);
    await expect.poll(() => ground.password('app'), { timeout: 20_000 }).toBeUndefined();
    await ground.follows('app', await ground.put('app'));
    expect(await ground.leaks(operator)).toEqual([]);
  },
);
