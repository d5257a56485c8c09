import type { FigureName } from './results.ts';

/** A figure of a phase: one of its own, or the count of all requests or of one kind. */
export type Measure = FigureName | 'apiRequests' | 'reads';

export interface EsoFigure {
  readonly phase: 'first-sync' | 'unchanged-refresh' | 'restart' | 'hanging-store';
  readonly measure: Measure;
  readonly eso: number;
  /** What Esox is to need at most. */
  readonly goal: number;
}

export interface EsoCase {
  readonly title: string;
  /** Of the bench. */
  readonly arguments: readonly string[];
  readonly figures: readonly EsoFigure[];
}

const [third, half, mostOfMemory] = [1 / 3, 1 / 2, 0.6];
const usual = ['--latency-ms', '20', '--properties', '3'];

/**
 * ESO 2.9.0 on two cores that it shared with the API server, 20 ms backend latency, three properties of one key in each
 * ExternalSecret, tuned with `--concurrent=50 --client-qps=2000 --client-burst=4000`. The goals: a third of the time,
 * half of the CPU, 60 % of the memory; four API requests and one read a key for a first sync, one API request a refresh (and a few for watches)
 * and one read a key and interval, less than 50 requests for a restart; a store that hangs must not show.
 */
export const esoCases: readonly EsoCase[] = [
  {
    title: '1,000 first syncs',
    arguments: [...usual, '--objects', '1000', '--phases', 'first-sync'],
    figures: [
      { phase: 'first-sync', measure: 'readySeconds', eso: 14.3, goal: 14.3 * third },
      { phase: 'first-sync', measure: 'cpuSeconds', eso: 5.7, goal: 5.7 * half },
      { phase: 'first-sync', measure: 'peakMebibytes', eso: 227, goal: 227 * mostOfMemory },
      { phase: 'first-sync', measure: 'apiRequests', eso: 8058, goal: 4000 },
      { phase: 'first-sync', measure: 'reads', eso: 3000, goal: 1000 },
    ],
  },
  {
    title: '5,000 first syncs, and a restart with all in sync',
    arguments: [...usual, '--objects', '5000', '--phases', 'first-sync,restart'],
    figures: [
      { phase: 'first-sync', measure: 'readySeconds', eso: 75.9, goal: 75.9 * third },
      { phase: 'first-sync', measure: 'cpuSeconds', eso: 41.7, goal: 41.7 * half },
      { phase: 'first-sync', measure: 'peakMebibytes', eso: 317, goal: 317 * mostOfMemory },
      { phase: 'restart', measure: 'apiRequests', eso: 5024, goal: 49 },
      { phase: 'restart', measure: 'cpuSeconds', eso: 2.7, goal: 2.7 * half },
    ],
  },
  {
    title: '1,000 on 50 keys, every 30 s, for 120 s',
    arguments: [
      ...usual,
      ...['--objects', '1000', '--distinct-keys', '50', '--phases', 'unchanged-refresh'],
      ...['--unchanged-seconds', '30', '--unchanged-rounds', '4'],
    ],
    figures: [
      { phase: 'unchanged-refresh', measure: 'reads', eso: 12_873, goal: 200 },
      { phase: 'unchanged-refresh', measure: 'apiRequests', eso: 20_223, goal: 4010 },
      { phase: 'unchanged-refresh', measure: 'cpuSeconds', eso: 18.3, goal: 18.3 * half },
    ],
  },
  {
    title: '300 first syncs beside 300 objects of a store that never answers',
    arguments: [...usual, '--objects', '300', '--hanging-objects', '300', '--phases', 'first-sync,hanging-store'],
    figures: [
      { phase: 'first-sync', measure: 'readySeconds', eso: 6, goal: 6 * third },
      { phase: 'hanging-store', measure: 'readySeconds', eso: 70.5, goal: 6 * third },
    ],
  },
];
