import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, 'main.ts');
const tinyOperator = join(import.meta.dirname, 'tiny-operator.fixture.ts');
const small = ['--objects', '6', '--namespaces', '2', '--properties', '2'];

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function bench(args: readonly string[], mode?: 'idle' | 'wrong' | 'end' | 'queue'): Promise<Ended> {
  const operator = [process.execPath, tinyOperator, ...(mode === undefined ? [] : [mode])];
  const child = spawn(process.execPath, ['--conditions=esox-source', main, ...args, '--', ...operator]);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, output, errors };
}

type Medians = Readonly<Record<string, { readonly median: number }>>;

interface Phase {
  readonly phase: string;
  readonly figures: Medians;
  readonly apiRequests: Medians;
  readonly backendRequests: Medians;
}

async function measure(phases: readonly string[], options: readonly string[]): Promise<Phase[]> {
  const args = [...small, ...options, '--output', 'json', '--phases', phases.join(',')];
  const { code, output, errors } = await bench(args);
  expect(errors).not.toContain('bench: Error');
  expect(code).toBe(0);
  const report = JSON.parse(output) as { readonly phases: Phase[] };
  expect(report.phases.map(({ phase }) => phase)).toEqual(phases);
  return report.phases;
}

test('counts what an operator asks, phase by phase', { timeout: 180_000 }, async () => {
  const phases = ['first-sync', 'change-one', 'bare-client'];
  const [first, change, bare] = await measure(phases, ['--changes', '2']);
  expect(first).toMatchObject({
    apiRequests: { 'create secrets': { median: 6 }, 'patch externalsecrets/status': { median: 6 } },
    // The tiny operator reads a key for each of its properties.
    backendRequests: { read: { median: 12 } },
  });
  expect(first?.figures['readySeconds']?.median).toBeGreaterThan(0);
  expect(change).toMatchObject({
    apiRequests: { 'patch secrets': { median: 2 } },
    backendRequests: { read: { median: 4 } },
  });
  expect(bare).toMatchObject({ apiRequests: { 'create secrets': { median: 6 } } });
});

test('a steady state and a restart from it', { timeout: 180_000 }, async () => {
  const options = ['--unchanged-seconds', '2', '--unchanged-rounds', '2'];
  const [steady, restart] = await measure(['unchanged-refresh', 'restart'], options);
  // Two intervals hold at least one refresh of each object: a status, and a read for each of its properties.
  expect(steady?.figures).toMatchObject({ measuredSeconds: { median: 4 } });
  expect(steady?.figures['refreshes']?.median).toBeGreaterThanOrEqual(6);
  expect(steady?.apiRequests['patch externalsecrets/status']?.median).toBeGreaterThanOrEqual(6);
  expect(steady?.backendRequests['read']?.median).toBeGreaterThanOrEqual(12);
  expect(restart?.apiRequests).toMatchObject({
    total: { median: 2 },
    'list externalsecrets': { median: 1 },
    'watch externalsecrets': { median: 1 },
  });
  expect(restart?.backendRequests).toMatchObject({ total: { median: 0 } });
});

test('a rotation ends when every Secret has the new values', { timeout: 180_000 }, async () => {
  const [rotation] = await measure(['rotation'], ['--unchanged-seconds', '2']);
  const names = ['followMedianMs', 'followMostMs', 'followMaximumMs', 'measuredSeconds'];
  const [median = 0, most = 0, longest = 0, measured = 0] = names.map((name) => rotation?.figures[name]?.median);
  expect(median).toBeGreaterThan(0);
  expect(most).toBeGreaterThanOrEqual(median);
  expect(longest).toBeGreaterThanOrEqual(most);
  expect(measured * 1000).toBeGreaterThan(longest);
  // Each Secret is written at least once, after a read for each of its properties.
  expect(rotation?.apiRequests['patch secrets']?.median).toBeGreaterThanOrEqual(6);
  expect(rotation?.backendRequests['read']?.median).toBeGreaterThanOrEqual(12);
});

test('objects of a store that hangs are beside those that are measured', { timeout: 180_000 }, async () => {
  const [hanging] = await measure(['hanging-store'], ['--hanging-objects', '4']);
  expect(hanging).toMatchObject({
    // The tiny operator logs in once, and waits there.
    figures: { silentConnections: { median: 1 } },
    apiRequests: { 'create secrets': { median: 6 }, 'patch externalsecrets/status': { median: 6 } },
    backendRequests: { read: { median: 12 }, login: { median: 1 } },
  });
  expect(hanging?.figures['readySeconds']?.median).toBeGreaterThan(0);
});

test.each([
  ['is not ready in time', 'idle', 'first-sync', 1, 'synced: 0 of 6'],
  ['ends by itself', 'end', 'first-sync', 1, 'nothing to do here'],
  ['writes another value', 'wrong', 'first-sync', 3, 'Secrets differ'],
  ['lets one store hold another', 'queue', 'hanging-store', 1, 'synced on the other store: 0 of 6'],
] as const)('an operator that %s', { timeout: 90_000 }, async (_name, mode, phase, code, message) => {
  const ended = await bench([...small, '--phases', phase, '--deadline-seconds', '5'], mode);
  expect(ended.code).toBe(code);
  expect(ended.errors).toContain(message);
});
