import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stripVTControlCharacters } from 'node:util';
import { renderTable } from './render-table.ts';
import { failed, now, snapshot, store, synced, waiting } from './rows.fixture.ts';
import type { Row } from './snapshot.ts';
import { widthOf } from './terminal-text.ts';

const plain = { colour: false, now };

it('shows stores, secrets and their errors', () => {
  const lines = renderTable(snapshot([failed, synced, waiting, store]), { ...plain, width: 130, title: 'Esox' });
  expect(lines).toEqual([
    'Esox',
    '1 of 3 ExternalSecrets in sync, 1 of 1 store ready',
    '',
    '  STORE                     PROVIDER  STATUS',
    '✓ SecretStore team-a/vault  fake      Valid',
    '',
    '  EXTERNAL SECRET  FROM               KEYS  STATUS             SYNCED  NEXT   CHANGED  TO',
    '✗ team-a/broken    SecretStore/vault     –  SecretSyncedError  –       –',
    '    data[0]: SecretStore "vault" has no secret "missing"; create it, or correct remoteRef.key',
    '✓ team-a/database  SecretStore/vault     3  SecretSynced       4s ago  in 6s  1m ago   output/team-a/database.yaml',
    '· team-b/new                             –  waiting            –       –',
  ]);
});

it('drops what matters least and cuts the rest when there is little room', () => {
  const lines = renderTable(snapshot([failed, synced]), { ...plain, width: 60 });
  expect(lines.slice(2)).toEqual([
    '  EXTERNAL SECRET  FROM          STATUS        SYNCED  NEXT',
    '✗ team-a/broken    SecretStore…  SecretSynce…  –       –',
    '    data[0]: SecretStore "vault" has no secret "missing";',
    '    create it, or correct remoteRef.key',
    '✓ team-a/database  SecretStore…  SecretSynced  4s ago  in 6s',
  ]);
});

it('lists what is wrong with the manifests', () => {
  const problem = { where: 'a.yaml, document 2', message: 'line 3, column 5: the indentation does not fit' };
  const lines = renderTable(snapshot([synced], [problem]), { ...plain, width: 100 });
  expect(lines.slice(-2)).toEqual([
    '  MANIFESTS',
    '! a.yaml, document 2: line 3, column 5: the indentation does not fit',
  ]);
});

it('says only that there is nothing when there is nothing', () => {
  expect(renderTable(snapshot([]), { ...plain, width: 80 })).toEqual([
    '0 of 0 ExternalSecrets in sync, 0 of 0 stores ready',
  ]);
});

it('calls a sync that is overdue due now', () => {
  const [, , , line] = renderTable(snapshot([{ ...synced, nextSync: now - 60_000 }]), { ...plain, width: 120 });
  expect(line).toContain('4s ago  now');
});

it('uses colour only where it is asked for, and the same text with it', () => {
  const model = snapshot([failed, { ...synced, lastChange: now }, waiting, store]);
  const without = renderTable(model, { ...plain, width: 100 });
  const coloured = renderTable(model, { ...plain, width: 100, colour: true });
  expect(without.join('\n')).toBe(stripVTControlCharacters(without.join('\n')));
  expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(without);
  const row = coloured.find((line) => line.includes('database')) ?? '';
  expect(row).toMatch(/^\u001b\[32m✓\u001b\[0m \u001b\[1mteam-a\/database/);
  expect(coloured.find((line) => line.includes('broken'))).toContain('\u001b[31mSecretSyncedErr…\u001b[0m');
});

it('keeps what is wrong in sight when the window is low', () => {
  const many = Array.from({ length: 50 }, (_, index): Row => ({ ...synced, name: `secret-${index}` }));
  const lines = renderTable(snapshot([...many, failed, waiting, store]), { ...plain, width: 80, height: 12 });
  expect(lines.length).toBeLessThanOrEqual(12);
  expect(lines[0]).toBe('50 of 52 ExternalSecrets in sync, 1 of 1 store ready');
  expect(lines.some((line) => line.includes('broken'))).toBe(true);
  expect(lines.some((line) => line.includes('secret-0'))).toBe(true);
  expect(lines.at(-1)).toContain('a taller window shows all rows');
});

it('lets no text from outside break the lines, at any width', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b-', ' ', '秘', '\n', '\u001b[2J', '🔑', '\t', '"') });
  const row = fc.record({
    kind: fc.constantFrom('ExternalSecret', 'SecretStore', 'ClusterSecretStore'),
    name: text,
    ready: fc.constantFrom('True', 'False', 'Unknown', undefined),
    reason: text,
    message: text,
    store: text,
    target: text,
    lastSync: fc.constant(now - 1000),
  });
  const size = { width: fc.integer({ min: 20, max: 200 }), height: fc.integer({ min: 5, max: 40 }) };
  fc.assert(
    fc.property(fc.array(row as fc.Arbitrary<Row>), fc.record(size), fc.boolean(), (rows, window, colour) => {
      const lines = renderTable(snapshot(rows, [{ where: 'x', message: 'y\r\nz' }]), { ...window, colour, now });
      expect(lines.length).toBeLessThanOrEqual(window.height);
      for (const line of lines) {
        expect(line).not.toMatch(/[\n\r\t]|\u001b\[2J/);
        expect(widthOf(stripVTControlCharacters(line))).toBeLessThanOrEqual(window.width);
      }
    }),
  );
});
