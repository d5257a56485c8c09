import { phases, type Phase } from './arguments.ts';
import { figureKinds, type FigureName, type PhaseResult } from './results.ts';
import { spread, type Spread } from './statistics.ts';

/** A phase over all runs. A request that a run has not made counts as 0 there. */
export interface PhaseSummary {
  readonly phase: Phase;
  readonly figures: Readonly<Partial<Record<FigureName, Spread>>>;
  readonly apiRequests: Readonly<Record<string, Spread>>;
  readonly failedApiRequests: Readonly<Record<string, Spread>>;
  readonly backendRequests: Readonly<Record<string, Spread>>;
}

type Counts = Readonly<Record<string, number | undefined>>;

/** In the order of the phases. */
export function summarize(results: readonly PhaseResult[]): PhaseSummary[] {
  return phases.flatMap((phase) => {
    const runs = results.filter((result) => result.phase === phase);
    return runs.length === 0 ? [] : [summary(phase, runs)];
  });
}

function summary(phase: Phase, runs: readonly PhaseResult[]): PhaseSummary {
  const figures = Object.keys(figureKinds).flatMap((name) => {
    const values = runs.map((run) => run.figures[name as FigureName]).filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[name, spread(values)] as const];
  });
  return {
    phase,
    figures: Object.fromEntries(figures),
    apiRequests: spreads(runs.map((run) => run.apiRequests)),
    failedApiRequests: spreads(runs.map((run) => run.failedApiRequests)),
    backendRequests: spreads(runs.map((run) => run.backendRequests)),
  };
}

/** With the sum of each run as `total`; the most frequent first. */
function spreads(runs: readonly Counts[]): Record<string, Spread> {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  const each = [...names].map((name) => [name, spread(runs.map((run) => run[name] ?? 0))] as const);
  const total = spread(runs.map((run) => Object.values(run).reduce<number>((sum, count) => sum + (count ?? 0), 0)));
  return Object.fromEntries([['total', total], ...each.toSorted(([, one], [, other]) => other.median - one.median)]);
}
