import type { EsoCase, EsoFigure, Measure } from './eso-figures.ts';
import { figureKinds } from './results.ts';
import type { PhaseSummary } from './summary.ts';

export interface ComparedFigure extends EsoFigure {
  /** Median over the runs; undefined where the phase did not end. */
  readonly esox: number | undefined;
  readonly isMet: boolean;
}

export interface ComparedCase {
  readonly title: string;
  readonly figures: readonly ComparedFigure[];
}

export function compareWithEso({ title, figures }: EsoCase, summaries: readonly PhaseSummary[]): ComparedCase {
  return {
    title,
    figures: figures.map((figure) => {
      const summary = summaries.find(({ phase }) => phase === figure.phase);
      const esox = summary === undefined ? undefined : medianOf(summary, figure.measure);
      return { ...figure, esox, isMet: esox !== undefined && esox <= figure.goal };
    }),
  };
}

function medianOf(summary: PhaseSummary, measure: Measure): number | undefined {
  // What was never asked for is not in the counts.
  if (measure === 'apiRequests') return summary.apiRequests['total']?.median ?? 0;
  if (measure === 'reads') return summary.backendRequests['read']?.median ?? 0;
  return summary.figures[measure]?.median;
}

const columns = ['ESO 2.9.0', 'goal', 'Esox', ''] as const;

/** A table for people. */
export function comparisonTable(cases: readonly ComparedCase[]): string {
  const line = (label: string, unit: string, cells: readonly string[]): string =>
    `${label.padEnd(70)}${unit.padStart(4)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd();
  const tables = cases.map(({ title, figures }) => [
    line(title, '', columns),
    ...figures.map(({ phase, measure, eso, goal, esox, isMet }) => {
      const { label, unit } = described(measure);
      const verdict = isMet ? 'met' : 'missed';
      const cells = [digits(eso, unit), digits(goal, unit), esox === undefined ? '–' : digits(esox, unit), verdict];
      return line(`  ${phase}: ${label}`, unit, cells);
    }),
  ]);
  return `${tables.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function described(measure: Measure): { readonly label: string; readonly unit: string } {
  if (measure === 'apiRequests') return { label: 'API requests', unit: '' };
  if (measure === 'reads') return { label: 'backend reads', unit: '' };
  return figureKinds[measure];
}

function digits(value: number, unit: string): string {
  return unit === 's' ? value.toFixed(1) : value.toFixed(0);
}
