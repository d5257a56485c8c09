import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchOver } from '@esox/testbed';
import { NotReadyInTime } from './errors.ts';
import { sessionUsage, type ProcessUsage } from './process-metrics.ts';

export interface OperatorOptions {
  readonly command: readonly string[];
  readonly kubeconfigPath: string;
  /** What it prints is added to this file. */
  readonly logFile: string;
  /** The caller's own; removed when the caller dies while the operator runs. */
  readonly folder: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly session: number;
  readonly startedAt: number;
  readonly gone: Promise<unknown>;
  readonly ended: AbortController;
  isWanted: boolean;
}

const graceMs = 30_000;
const logTailLines = 20;

/** An operator with every process that it starts; KUBECONFIG, PATH and HOME are its whole environment. */
export class Operator implements AsyncDisposable {
  readonly #options: OperatorOptions;
  #run: Run | undefined;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const startedAt = Date.now();
    const child = await spawnOperator(this.#options);
    const ended = new AbortController();
    const run: Run = {
      child,
      session: child.pid as number,
      startedAt,
      ended,
      isWanted: true,
      gone: once(child, 'exit').then(async ([code, signal]) => {
        if (run.isWanted) ended.abort(await this.#earlyEnd(signal ?? `exit code ${code}`));
      }),
    };
    this.#run = run;
  }

  get startedAt(): number {
    return this.#running.startedAt;
  }

  /** Aborted when it ends by itself, with a NotReadyInTime that says how. */
  get ended(): AbortSignal {
    return this.#running.ended.signal;
  }

  usage(): ProcessUsage {
    return sessionUsage(this.#running.session);
  }

  /** SIGTERM, and SIGKILL after half a minute. Answers the milliseconds until it was gone. */
  async stop(): Promise<number> {
    const run = this.#running;
    const from = Date.now();
    run.isWanted = false;
    signalGroup(run.session, 'SIGTERM');
    await Promise.race([run.gone, sleep(graceMs, undefined, { ref: false })]);
    const took = Date.now() - from;
    await this.kill();
    return took;
  }

  /** SIGKILL for all of its processes, as in a crash. */
  async kill(): Promise<void> {
    const run = this.#running;
    run.isWanted = false;
    signalGroup(run.session, 'SIGKILL');
    await run.gone;
    this.#run = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#run !== undefined) await this.stop();
  }

  get #running(): Run {
    if (this.#run === undefined) throw new Error('the operator is not running');
    return this.#run;
  }

  async #earlyEnd(how: string): Promise<NotReadyInTime> {
    const lines = (await readFile(this.#options.logFile, 'utf8')).trimEnd().split('\n').slice(-logTailLines);
    return new NotReadyInTime([`the operator ended by itself (${how}). Its output ends with:`, ...lines].join('\n'));
  }
}

/** It leads a session of its own, by which its processes are found, and which Ctrl-C in a terminal does not reach. */
async function spawnOperator({ command, kubeconfigPath, logFile, folder }: OperatorOptions): Promise<ChildProcess> {
  const [program = '', ...parameters] = command;
  const { PATH, HOME } = process.env;
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(program, parameters, {
      detached: true,
      env: { PATH, HOME, KUBECONFIG: kubeconfigPath },
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    // A negative id is the whole group.
    const release = watchOver(-(child.pid as number), folder);
    child.once('exit', release);
    return child;
  } catch (error) {
    throw new NotReadyInTime(`the operator cannot be started: ${program}`, { cause: error });
  } finally {
    await log.close();
  }
}

/** Nothing happens where no process of the group is left. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
