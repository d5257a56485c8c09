import type { Phase } from './arguments.ts';
import type { Consumption } from './consumption.ts';

interface FigureKind {
  readonly label: string;
  readonly unit: 's' | 'ms' | 'MiB' | '';
}

/** In the order in which they are printed. */
export const figureKinds = {
  measuredSeconds: { label: 'measured for', unit: 's' },
  syncedAtKill: { label: 'objects synced at the kill', unit: '' },
  stopSeconds: { label: 'stopped, from SIGTERM', unit: 's' },
  silentConnections: { label: 'connections to the silent backend', unit: '' },
  readySeconds: { label: 'all ready, from process start', unit: 's' },
  readyFromFirstReadSeconds: { label: 'all ready, from the first read', unit: 's' },
  quietSeconds: { label: 'last request, from process start', unit: 's' },
  followMedianMs: { label: 'Secret follows, median', unit: 'ms' },
  followMostMs: { label: 'Secret follows, 95 of 100', unit: 'ms' },
  followMaximumMs: { label: 'Secret follows, longest', unit: 'ms' },
  refreshes: { label: 'refresh times written', unit: '' },
  cpuUntilReadySeconds: { label: 'CPU, until ready', unit: 's' },
  cpuSeconds: { label: 'CPU', unit: 's' },
  apiServerCpuSeconds: { label: 'CPU of the API server', unit: 's' },
  peakMebibytes: { label: 'memory, peak', unit: 'MiB' },
  steadyMebibytes: { label: 'memory, at the end', unit: 'MiB' },
} as const satisfies Record<string, FigureKind>;

export type FigureName = keyof typeof figureKinds;
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

export interface PhaseResult extends Pick<Consumption, 'apiRequests' | 'failedApiRequests' | 'backendRequests'> {
  readonly phase: Phase;
  readonly figures: Figures;
}

export function phaseResult(phase: Phase, consumption: Consumption, figures: Figures): PhaseResult {
  const { apiServerCpuSeconds, ...requests } = consumption;
  return { phase, figures: { ...figures, apiServerCpuSeconds }, ...requests };
}

export function mebibytes(bytes: number): number {
  return bytes / 1024 / 1024;
}
