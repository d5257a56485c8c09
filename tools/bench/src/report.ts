import type { BenchOptions } from './arguments.ts';
import { figureKinds, type FigureName } from './results.ts';
import type { Spread } from './statistics.ts';
import type { PhaseSummary } from './summary.ts';

export interface Machine {
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly node: string;
}

interface Row {
  readonly label: string;
  readonly unit: string;
  readonly spread: Spread;
  /** The same of the bare client. */
  readonly limit?: Spread | undefined;
}

export function jsonReport(options: BenchOptions, machine: Machine, summaries: readonly PhaseSummary[]): string {
  return `${JSON.stringify({ options, machine, phases: summaries }, null, 2)}\n`;
}

/** One table for each phase. */
export function humanReport(options: BenchOptions, machine: Machine, summaries: readonly PhaseSummary[]): string {
  const limit = summaries.find(({ phase }) => phase === 'bare-client');
  const tables = summaries.map((summary) => table(summary, options.repeat, ratioTo(summary, limit)));
  return `${[heading(options, machine), ...tables].join('\n\n')}\n`;
}

function heading(options: BenchOptions, machine: Machine): string {
  const { objects, namespaces, distinctKeys, properties, latencyMs, rateLimit, repeat } = options;
  const limit = rateLimit === undefined ? '' : `, ${rateLimit} requests a second at most`;
  const keys = `${distinctKeys} remote keys of ${properties} ${properties === 1 ? 'property' : 'properties'}`;
  return [
    `${objects} ExternalSecrets in ${namespaces} namespaces, ${keys}, refreshed every ${options.refreshInterval}`,
    `backend: ${latencyMs} ms latency${limit}; ${machineLine(machine, repeat)}`,
  ].join('\n');
}

export function machineLine({ cores, memoryGibibytes, node }: Machine, repeat: number): string {
  return `machine: ${cores} cores, ${memoryGibibytes} GiB, Node ${node}; runs: ${repeat}`;
}

/** Only a first sync does the writes of the bare client. */
function ratioTo(summary: PhaseSummary, limit: PhaseSummary | undefined): PhaseSummary | undefined {
  return summary.phase === 'first-sync' ? limit : undefined;
}

function table(summary: PhaseSummary, repeat: number, limit: PhaseSummary | undefined): string {
  const rows = [
    ...figureRows(summary, limit),
    ...countRows('API requests', summary.apiRequests, limit?.apiRequests),
    ...countRows('failed API requests', summary.failedApiRequests, undefined),
    ...countRows('backend requests', summary.backendRequests, undefined),
  ];
  const columns = repeat > 1 ? ['median', 'min', 'max'] : [''];
  const head = line(summary.phase, '', [...columns, ...(limit === undefined ? [] : ['× bare client'])]);
  const body = rows.map(({ label, unit, spread, limit: bare }) => {
    const values = repeat > 1 ? [spread.median, spread.min, spread.max] : [spread.median];
    const ratio = bare === undefined || bare.median === 0 ? [] : [`× ${(spread.median / bare.median).toFixed(1)}`];
    return line(`  ${label}`, unit, [...values.map((value) => digits(value, unit)), ...ratio]);
  });
  return [head, ...body].map((text) => text.trimEnd()).join('\n');
}

function figureRows({ figures }: PhaseSummary, limit: PhaseSummary | undefined): Row[] {
  return Object.entries(figureKinds).flatMap(([name, { label, unit }]) => {
    const spread = figures[name as FigureName];
    return spread === undefined ? [] : [{ label, unit, spread, limit: limit?.figures[name as FigureName] }];
  });
}

type Counts = Readonly<Record<string, Spread>>;

function countRows(label: string, { total, ...counts }: Counts, limit: Counts | undefined): Row[] {
  if (total === undefined || (total.max === 0 && label.startsWith('failed'))) return [];
  const details = Object.entries(counts).map(([name, spread]) => ({ label: `  ${name}`, unit: '', spread }));
  return [{ label, unit: '', spread: total, limit: limit?.['total'] }, ...details];
}

function digits(value: number, unit: string): string {
  if (unit === 's') return value.toFixed(2);
  return unit === '' ? String(value) : value.toFixed(0);
}

function line(label: string, unit: string, values: readonly string[]): string {
  return `${label.padEnd(40)}${unit.padStart(4)}${values.map((value) => value.padStart(12)).join('')}`;
}
