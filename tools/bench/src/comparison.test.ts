import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { compareWithEso, comparisonTable } from './comparison.ts';
import { esoCases, type EsoCase } from './eso-figures.ts';
import type { PhaseResult } from './results.ts';
import { summarize } from './summary.ts';

const esoCase: EsoCase = {
  title: 'a case',
  arguments: [],
  figures: [
    { phase: 'first-sync', measure: 'readySeconds', eso: 12, goal: 4 },
    { phase: 'first-sync', measure: 'apiRequests', eso: 80, goal: 40 },
    { phase: 'first-sync', measure: 'reads', eso: 30, goal: 10 },
    { phase: 'restart', measure: 'apiRequests', eso: 50, goal: 5 },
  ],
};

const run = (readySeconds: number): PhaseResult => ({
  phase: 'first-sync',
  figures: { readySeconds },
  apiRequests: { 'create secrets': 30, 'patch externalsecrets/status': 11 },
  failedApiRequests: {},
  backendRequests: { read: 10 },
});

test('a median within the goal is met; more, and what was not measured, is missed', () => {
  const { figures } = compareWithEso(esoCase, summarize([run(3), run(9), run(4)]));
  expect(figures.map(({ esox, isMet }) => [esox, isMet])).toEqual([
    [4, true],
    [41, false],
    [10, true],
    [undefined, false],
  ]);
});

test('the table has a line for each figure', () => {
  const lines = comparisonTable([compareWithEso(esoCase, summarize([run(3)]))]).split('\n');
  expect(lines[1]).toMatch(/all ready, from process start +s +12\.0 +4\.0 +3\.0 +met$/);
  expect(lines[4]).toMatch(/restart: API requests +50 +5 +– +missed$/);
});

test.each(esoCases)(
  'the arguments of "$title" are right, and its phases give its figures',
  ({ arguments: args, figures }) => {
    const options = parseArguments(args);
    if (options === 'help') throw new Error('no case asks for help');
    const measured = new Set<string>([...options.phases, 'first-sync']);
    for (const { phase, eso, goal } of figures) {
      expect(measured.has(phase)).toBe(true);
      expect(goal).toBeLessThan(eso);
    }
  },
);
