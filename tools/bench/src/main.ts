import { availableParallelism, totalmem } from 'node:os';
import { parseArguments, usage, UsageError, type BenchOptions } from './arguments.ts';
import { comparisonJson, comparisonReport, compareWithEso, plannedCases, type ComparedCase } from './comparison.ts';
import { SecretsDiffer } from './errors.ts';
import { createProgress } from './progress.ts';
import { humanReport, jsonReport, type Machine } from './report.ts';
import type { PhaseResult } from './results.ts';
import { runPhases } from './run.ts';
import { summarize } from './summary.ts';

const exitCodes = { ok: 0, notReady: 1, usage: 2, secretsDiffer: 3, interrupted: 130 } as const;

/** The first Ctrl-C ends the bench in order, so that nothing of it is left; a second one ends it at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Error('interrupted')));
  }
  return controller.signal;
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const results: PhaseResult[] = [];
  try {
    await runAll(options, signal, (result) => results.push(result));
  } finally {
    // What was measured before a failure is worth seeing.
    if (results.length > 0) process.stdout.write(report(options, results));
  }
}

async function runAll(
  options: BenchOptions,
  signal: AbortSignal,
  report: (result: PhaseResult) => void,
): Promise<void> {
  const progress = createProgress(process.stderr, Date.now);
  try {
    for (let run = 1; run <= options.repeat; run += 1) {
      await runPhases({ options, progress, signal }, (result) => {
        report(result);
        progress.note(`${result.phase} is done${options.repeat > 1 ? ` (run ${run} of ${options.repeat})` : ''}`);
      });
    }
  } finally {
    progress.clear();
  }
}

async function compare(args: readonly string[], { output, repeat }: BenchOptions, signal: AbortSignal): Promise<void> {
  const cases: ComparedCase[] = [];
  try {
    for (const { esoCase, options } of plannedCases(args)) {
      process.stderr.write(`bench: ${esoCase.title}\n`);
      const results: PhaseResult[] = [];
      try {
        await runAll(options, signal, (result) => results.push(result));
      } finally {
        cases.push(compareWithEso(esoCase, summarize(results)));
      }
    }
  } finally {
    if (cases.length > 0) {
      process.stdout.write(
        output === 'json' ? comparisonJson(cases, machine()) : comparisonReport(cases, machine(), repeat),
      );
    }
  }
}

function machine(): Machine {
  return {
    cores: availableParallelism(),
    memoryGibibytes: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
  };
}

function report(options: BenchOptions, results: readonly PhaseResult[]): string {
  const summaries = summarize(results);
  return options.output === 'json'
    ? jsonReport(options, machine(), summaries)
    : humanReport(options, machine(), summaries);
}

function exitCode(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return exitCodes.interrupted;
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof SecretsDiffer ? exitCodes.secretsDiffer : exitCodes.notReady;
}

const signal = interruption();
try {
  const args = process.argv.slice(2);
  const options = parseArguments(args);
  if (options === 'help') process.stdout.write(usage);
  else if (process.platform !== 'linux') throw new UsageError('the bench reads /proc, so it runs on Linux only');
  else if (options.compare === 'eso') await compare(args, options, signal);
  else await bench(options, signal);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write('bench: --help says more\n');
  process.exitCode = exitCode(error, signal);
}
