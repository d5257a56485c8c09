import { parseArguments, UsageError, type BenchOptions, type Phase } from './arguments.ts';
import { esoCases, esoConditions, type EsoCase, type EsoFigure, type Measure } from './eso-figures.ts';
import { machineLine, type Machine } from './report.ts';
import { figureKinds } from './results.ts';
import type { PhaseSummary } from './summary.ts';

export interface ComparedFigure extends EsoFigure {
  /** Median over the runs; undefined where the phase did not end. */
  readonly measured: number | undefined;
  readonly isMet: boolean;
}

export interface ComparedCase {
  readonly title: string;
  readonly figures: readonly ComparedFigure[];
}

/** Each case with what the bench is to do for it: the bench's own arguments and those of the case. Throws UsageError. */
export function plannedCases(args: readonly string[]): { esoCase: EsoCase; options: BenchOptions }[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const own = args.slice(0, end);
  return esoCases.flatMap((esoCase) => {
    const taken = own.map((argument) => argument.replace(/=.*/s, '')).find((name) => esoCase.arguments.includes(name));
    if (taken?.startsWith('--')) throw new UsageError(`--compare eso sets ${taken} itself`);
    const options = parseArguments([...own, ...esoCase.arguments, ...args.slice(end)]);
    return options === 'help' ? [] : [{ esoCase, options }];
  });
}

export function compareWithEso({ title, figures }: EsoCase, summaries: readonly PhaseSummary[]): ComparedCase {
  return {
    title,
    figures: figures.map((figure) => {
      const measured = measuredOf(summaries, figure);
      return { ...figure, measured, isMet: measured !== undefined && measured <= figure.goal };
    }),
  };
}

function measuredOf(summaries: readonly PhaseSummary[], { phase, measure }: EsoFigure): number | undefined {
  const of = (wanted: Phase): PhaseSummary | undefined => summaries.find((summary) => summary.phase === wanted);
  if (measure !== 'timesFirstSync') return medianOf(of(phase), measure);
  const beside = medianOf(of(phase), 'readySeconds');
  const alone = medianOf(of('first-sync'), 'readySeconds');
  return alone === undefined || beside === undefined ? undefined : beside / alone;
}

function medianOf(summary: PhaseSummary | undefined, measure: Exclude<Measure, 'timesFirstSync'>): number | undefined {
  if (summary === undefined) return undefined;
  // What was never asked for is not in the counts.
  if (measure === 'apiRequests') return summary.apiRequests['total']?.median ?? 0;
  if (measure === 'reads') return summary.backendRequests['read']?.median ?? 0;
  return summary.figures[measure]?.median;
}

export function comparisonJson(cases: readonly ComparedCase[], machine: Machine): string {
  return `${JSON.stringify({ eso: esoConditions, machine, cases }, null, 2)}\n`;
}

/** For people: a table for each case. */
export function comparisonReport(cases: readonly ComparedCase[], machine: Machine, repeat: number): string {
  const { version, machine: esoMachine, backend, tuning } = esoConditions;
  const heading = [
    `ESO ${version}: ${esoMachine}; ${backend}`,
    `its flags: ${tuning}, or none in the column "no flags"`,
    `measured on this ${machineLine(machine, repeat)}`,
  ].join('\n');
  return `${[heading, ...cases.map(table)].join('\n\n')}\n`;
}

function table({ title, figures }: ComparedCase): string {
  const rows = figures.map(({ phase, measure, eso, esoWithDefaults, goal, measured, isMet }) => {
    const { label, unit } = described(measure);
    const cells = [eso, esoWithDefaults, goal, measured].map((value) => digits(value, unit));
    return line(`  ${phase}: ${label}`, unit, [...cells, verdict(measured, isMet)]);
  });
  return [line(title, '', ['ESO', 'no flags', 'goal', 'measured', '']), ...rows].join('\n');
}

function line(label: string, unit: string, cells: readonly string[]): string {
  return `${label.padEnd(76)}${unit.padStart(4)}${cells.map((cell) => cell.padStart(10)).join('')}`.trimEnd();
}

function verdict(measured: number | undefined, isMet: boolean): string {
  if (measured === undefined) return 'no figure';
  return isMet ? 'met' : 'missed';
}

function described(measure: Measure): { readonly label: string; readonly unit: string } {
  if (measure === 'apiRequests') return { label: 'API requests', unit: '' };
  if (measure === 'reads') return { label: 'backend reads', unit: '' };
  if (measure === 'timesFirstSync') return { label: 'as many times as alone', unit: '×' };
  return figureKinds[measure];
}

function digits(value: number | undefined, unit: string): string {
  if (value === undefined) return '–';
  return value.toFixed(unit === 's' || unit === '×' ? 2 : 0);
}
