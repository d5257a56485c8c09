import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTable, type TableOutput } from './live-table.ts';
import { failed, now, snapshot, synced } from './rows.fixture.ts';

const options = { title: 'Esox', now: () => now };

function output(more: Partial<TableOutput>): TableOutput & { written: string[] } {
  const written: string[] = [];
  return { colour: false, columns: 100, rows: 30, isTTY: true, write: (text) => written.push(text), written, ...more };
}

beforeEach(() => vi.useFakeTimers({ now }));
afterEach(() => vi.useRealTimers());

it('draws at most ten times a second, however many updates there are', async () => {
  const out = output({});
  const table = createTable(out, options);
  for (let update = 0; update < 1000; update++) {
    table.update(snapshot([{ ...synced, keys: update }]));
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(out.written.length).toBeGreaterThan(5);
  expect(out.written.length).toBeLessThanOrEqual(10);
  table.close();
});

it('draws over the frame before, in one write', async () => {
  const out = output({});
  const table = createTable(out, options);
  table.update(snapshot([synced]));
  await vi.advanceTimersByTimeAsync(100);
  table.update(snapshot([synced, failed]));
  await vi.advanceTimersByTimeAsync(100);
  const [first = '', second = ''] = out.written;
  const lines = first.split('\n').length - 1;
  expect(lines).toBe(5);
  expect(first).not.toMatch(/\u001b\[\d+F/);
  expect(second).toContain(`\u001b[${lines}F`);
  expect(second.startsWith('\u001b[?2026h') && second.endsWith('\u001b[?2026l')).toBe(true);
  expect(out.written).toHaveLength(2);
  table.close();
});

it('writes nothing while the picture stays the same, and ages as time goes by', async () => {
  const out = output({});
  let time = now;
  const table = createTable(out, { ...options, now: () => time });
  for (let update = 0; update < 20; update++) {
    table.update(snapshot([synced]));
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(out.written).toHaveLength(1);
  time += 5000;
  await vi.advanceTimersByTimeAsync(1100);
  expect(out.written.at(-1)).toContain('9s ago');
  table.close();
});

it('starts on a clean screen when the window has changed its size', async () => {
  const out = { ...output({}), columns: 100 };
  const table = createTable(out, options);
  table.update(snapshot([synced]));
  await vi.advanceTimersByTimeAsync(100);
  out.columns = 60;
  table.update(snapshot([synced]));
  await vi.advanceTimersByTimeAsync(100);
  expect(out.written.at(-1)).toContain('\u001b[2J\u001b[H');
  table.close();
});

it('leaves the last state and the cursor behind', async () => {
  const out = output({});
  const table = createTable(out, options);
  table.update(snapshot([failed]));
  table.close();
  await vi.advanceTimersByTimeAsync(5000);
  expect(out.written).toHaveLength(2);
  expect(out.written[0]).toContain('SecretSyncedError');
  expect(out.written[1]).toBe('\u001b[?25h');
});

it('writes a line for each change where there is no terminal', () => {
  const out = output({ isTTY: false });
  const table = createTable(out, options);
  table.update(snapshot([synced]));
  table.update(snapshot([{ ...synced, lastSync: now }]));
  table.update(snapshot([{ ...synced, keys: 4 }]));
  table.close();
  expect(out.written).toHaveLength(2);
  expect(out.written.join('')).not.toContain('\u001b');
});
