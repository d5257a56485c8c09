import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, 'main.ts');
const tinyOperator = join(import.meta.dirname, 'tiny-operator.fixture.ts');
const small = ['--objects', '6', '--namespaces', '2', '--properties', '2'];

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function bench(args: readonly string[], mode?: 'idle' | 'wrong' | 'end'): Promise<Ended> {
  const operator = [process.execPath, tinyOperator, ...(mode === undefined ? [] : [mode])];
  const child = spawn(process.execPath, ['--conditions=esox-source', main, ...args, '--', ...operator]);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, output, errors };
}

interface Report {
  readonly phases: readonly {
    readonly phase: string;
    readonly figures: Readonly<Record<string, { readonly median: number }>>;
    readonly apiRequests: Readonly<Record<string, { readonly median: number }>>;
    readonly backendRequests: Readonly<Record<string, { readonly median: number }>>;
  }[];
}

test('counts what an operator asks, phase by phase', { timeout: 180_000 }, async () => {
  const phases = ['first-sync', 'change-one', 'rotation', 'hanging-store', 'bare-client'];
  const options = ['--changes', '2', '--unchanged-seconds', '1', '--hanging-objects', '2', '--output', 'json'];
  const { code, output, errors } = await bench([...small, ...options, '--phases', phases.join(',')]);
  expect(errors).not.toContain('bench: Error');
  expect(code).toBe(0);
  const report = JSON.parse(output) as Report;
  expect(report.phases.map(({ phase }) => phase)).toEqual(phases);
  const of = (name: string) => report.phases.find(({ phase }) => phase === name);
  expect(of('first-sync')).toMatchObject({
    apiRequests: { 'create secrets': { median: 6 } },
    // The tiny operator reads a key for each of its properties.
    backendRequests: { read: { median: 12 } },
  });
  expect(of('bare-client')).toMatchObject({ apiRequests: { 'create secrets': { median: 6 } } });
  for (const { phase, figures } of report.phases) {
    const time = figures['readySeconds'] ?? figures['followMaximumMs'];
    expect(time?.median, phase).toBeGreaterThan(0);
  }
});

test.each([
  ['is not ready in time', 'idle', 1, 'synced: 0 of 6'],
  ['ends by itself', 'end', 1, 'nothing to do here'],
  ['writes another value', 'wrong', 3, 'Secrets differ'],
] as const)('an operator that %s', { timeout: 90_000 }, async (_name, mode, code, message) => {
  const ended = await bench([...small, '--phases', 'first-sync', '--deadline-seconds', '5'], mode);
  expect(ended.code).toBe(code);
  expect(ended.errors).toContain(message);
});
