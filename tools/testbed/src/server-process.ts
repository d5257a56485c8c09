import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchOver } from './orphan-watch.ts';
import { waitUntil } from './wait-until.ts';

export interface ServerCommand {
  name: string;
  binary: string;
  arguments: readonly string[];
  /** Added to that of this process. */
  environment?: Readonly<Record<string, string>>;
  /** Holds the server's data and its log. Removed by the orphan watch if this process dies. */
  folder: string;
  /** True once the server takes requests. An error counts as "not yet". */
  ready: () => Promise<boolean>;
  deadlineMs?: number;
}

export interface ServerProcess {
  readonly pid: number;
  /** SIGTERM, and SIGKILL when that does not end it in time. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL, as in a crash. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

const graceMs = 3_000;
const logTailLines = 20;

/** Starts a server and waits until it is ready. A server that exits or is not ready in time is an error with its log. */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const logFile = join(command.folder, `${command.name}.log`);
  const child = await spawnServer(command, logFile);
  const server = controls(child);
  const exited = new AbortController();
  child.once('exit', (code, signal) => exited.abort(new Error(`${command.name} exited: ${signal ?? code}`)));
  try {
    await waitUntil(command.ready, {
      what: `${command.name} is ready`,
      deadlineMs: command.deadlineMs ?? 60_000,
      signal: exited.signal,
    });
    return server;
  } catch (error) {
    await server.kill();
    throw new Error(`${command.name} did not start. Its log ends with:\n${await tail(logFile)}`, { cause: error });
  }
}

/**
 * The server is the leader of a process group of its own, so that a Ctrl-C in the terminal reaches only
 * the tests, which then stop their servers in order.
 */
async function spawnServer(command: ServerCommand, logFile: string): Promise<ChildProcess> {
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(command.binary, command.arguments, {
      cwd: command.folder,
      env: { ...process.env, ...command.environment },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    child.unref();
    const release = watchOver(child.pid as number, command.folder);
    child.once('exit', release);
    return child;
  } finally {
    await log.close();
  }
}

function controls(child: ChildProcess): ServerProcess {
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    if (isGone()) return;
    child.ref();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return {
    pid: child.pid as number,
    kill,
    async stop() {
      if (isGone()) return;
      child.ref();
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      // A paused process sees SIGTERM only when it runs again.
      child.kill('SIGCONT');
      await Promise.race([gone, sleep(graceMs, undefined, { ref: false })]);
      await kill();
    },
    pause() {
      child.kill('SIGSTOP');
    },
    resume() {
      child.kill('SIGCONT');
    },
  };
}

async function tail(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.slice(-logTailLines).join('\n');
}
