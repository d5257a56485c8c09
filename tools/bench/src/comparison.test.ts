import { expect, test } from 'vitest';
import { UsageError } from './arguments.ts';
import { comparisonJson, comparisonReport, compareWithEso, plannedCases } from './comparison.ts';
import { esoCases, type EsoCase } from './eso-figures.ts';
import type { PhaseResult } from './results.ts';
import { summarize } from './summary.ts';

const esoCase: EsoCase = {
  title: 'a case',
  arguments: [],
  figures: [
    { phase: 'first-sync', measure: 'readySeconds', eso: 12, esoWithDefaults: 90, goal: 4 },
    { phase: 'first-sync', measure: 'apiRequests', eso: 80, goal: 40 },
    { phase: 'first-sync', measure: 'reads', goal: 10 },
    { phase: 'restart', measure: 'apiRequests', eso: 50, goal: 5 },
    { phase: 'hanging-store', measure: 'timesFirstSync', eso: 10, goal: 1.25 },
  ],
};
const machine = { cores: 2, memoryGibibytes: 8, node: '24.0.0' };

const run = (phase: 'first-sync' | 'hanging-store', readySeconds: number): PhaseResult => ({
  phase,
  figures: { readySeconds },
  apiRequests: { 'create secrets': 30, 'patch externalsecrets/status': 11 },
  failedApiRequests: {},
  backendRequests: { read: 10, login: 1 },
});

const results = [run('first-sync', 3), run('first-sync', 9), run('first-sync', 4), run('hanging-store', 6)];

test('a median within the goal is met; more, and what was not measured, is not', () => {
  const { figures } = compareWithEso(esoCase, summarize(results));
  expect(figures.map(({ measured, isMet }) => [measured, isMet])).toEqual([
    [4, true],
    [41, false],
    [10, true],
    [undefined, false],
    [1.5, false],
  ]);
});

test('without a first sync there is nothing that a hanging store could be compared with', () => {
  const { figures } = compareWithEso(esoCase, summarize([run('hanging-store', 6)]));
  expect(figures.at(-1)).toMatchObject({ measured: undefined, isMet: false });
});

test('the report has the conditions, and a line for each figure', () => {
  const report = comparisonReport([compareWithEso(esoCase, summarize(results))], machine, 3);
  expect(report).toMatch(/^ESO 2\.9\.0: two cores.*20 ms latency/);
  expect(report).toContain('--concurrent=50 --client-qps=2000 --client-burst=4000');
  expect(report).toContain('2 cores, 8 GiB, Node 24.0.0; runs: 3');
  const lines = report.split('\n').slice(-7);
  expect(lines[0]).toMatch(/^a case +ESO +no flags +goal +measured$/);
  expect(lines[1]).toMatch(/all ready, from process start +s +12\.00 +90\.00 +4\.00 +4\.00 +met$/);
  expect(lines[2]).toMatch(/API requests +80 +– +40 +41 +missed$/);
  expect(lines[3]).toMatch(/backend reads +– +– +10 +10 +met$/);
  expect(lines[4]).toMatch(/restart: API requests +50 +– +5 +– +no figure$/);
  expect(lines[5]).toMatch(/as many times as alone +× +10\.00 +– +1\.25 +1\.50 +missed$/);
});

test('the JSON has the conditions too', () => {
  const json: unknown = JSON.parse(comparisonJson([compareWithEso(esoCase, summarize(results))], machine));
  expect(json).toMatchObject({
    eso: { version: '2.9.0' },
    machine,
    cases: [{ title: 'a case', figures: [{ esoWithDefaults: 90, measured: 4, isMet: true }, {}, {}, {}, {}] }],
  });
});

test('a case adds its arguments to the own ones of the bench, not to those of the operator', () => {
  const cases = plannedCases(['--compare', 'eso', '--repeat', '3', '--', 'external-secrets', '--objects', '7']);
  expect(cases.map(({ options }) => [options.objects, options.repeat])).toEqual([
    [1000, 3],
    [5000, 3],
    [1000, 3],
    [300, 3],
  ]);
  for (const { options } of cases) {
    expect(options).toMatchObject({ latencyMs: 20, properties: 3, command: ['external-secrets', '--objects', '7'] });
  }
});

test.each(['--objects', '--unchanged-seconds'])('%s is what a case sets', (name) => {
  for (const args of [[name, '5'], [`${name}=5`]]) {
    expect(() => plannedCases(['--compare', 'eso', ...args])).toThrow(UsageError);
    expect(() => plannedCases(['--compare', 'eso', ...args])).toThrow(`--compare eso sets ${name} itself`);
  }
});

test('the phases of each case give its figures, and each goal is less than what ESO needs', () => {
  const cases = plannedCases(['--compare', 'eso']);
  expect(cases.map((planned) => planned.esoCase)).toEqual(esoCases);
  for (const { esoCase: planned, options } of cases) {
    for (const { phase, eso = Number.POSITIVE_INFINITY, esoWithDefaults = eso, goal } of planned.figures) {
      expect(options.phases).toContain(phase);
      expect(goal).toBeLessThan(Math.min(eso, esoWithDefaults));
    }
  }
});
