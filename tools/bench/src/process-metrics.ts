import { readdirSync, readFileSync } from 'node:fs';

/** What the processes of one session use. */
export interface ProcessUsage {
  /** User and system time since their start, with those of children that have ended. */
  readonly cpuSeconds: number;
  /** Resident now. */
  readonly residentBytes: number;
  /** The most that each of them had resident, added up. */
  readonly peakBytes: number;
}

export interface ProcessStat {
  readonly pid: number;
  readonly session: number;
  readonly cpuSeconds: number;
}

/** Linux counts CPU time for user space in hundredths of a second on every platform that Node runs on. */
const ticksPerSecond = 100;

/** The text of /proc/<pid>/stat. */
export function parseStat(text: string): ProcessStat {
  // The name in parentheses may hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Counted from the state, which proc(5) calls field 3.
  const field = (number: number): number => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { pid: Number.parseInt(text, 10), session: field(6), cpuSeconds: ticks / ticksPerSecond };
}

/** VmRSS and VmHWM of the text of /proc/<pid>/status; zeros for a process that has ended and is not yet collected. */
export function parseMemory(text: string): { residentBytes: number; peakBytes: number } {
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
}

/** CPU time of one process, without children. */
export function processCpuSeconds(pid: number): number {
  return readStat(String(pid))?.cpuSeconds ?? 0;
}

/** Of every process of a session, which is what a process started detached and all its children are in. */
export function sessionUsage(session: number): ProcessUsage {
  let [cpuSeconds, residentBytes, peakBytes] = [0, 0, 0];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(entry);
    if (stat?.session !== session) continue;
    const memory = parseMemory(readProcFile(entry, 'status') ?? '');
    cpuSeconds += stat.cpuSeconds;
    residentBytes += memory.residentBytes;
    peakBytes += memory.peakBytes;
  }
  return { cpuSeconds, residentBytes, peakBytes };
}

function readStat(pid: string): ProcessStat | undefined {
  const text = readProcFile(pid, 'stat');
  return text === undefined ? undefined : parseStat(text);
}

/** Undefined where the process has ended meanwhile. */
function readProcFile(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
