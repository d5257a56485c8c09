import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createServer } from 'node:net';
import { waitUntil } from '@esox/testbed';

const sources = join(import.meta.dirname, 'main.ts');

export interface StartOptions {
  /** The program of an installed operator; without it the sources run. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The operator as a process of its own, with nothing in its environment but what is given. */
export class OperatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';
  readonly livePort: number;
  readonly metricsPort: number;

  private constructor(child: ChildProcess, livePort: number, metricsPort: number) {
    this.#child = child;
    this.livePort = livePort;
    this.metricsPort = metricsPort;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => void (this.#output += text));
    }
  }

  static async start({ program, args, env = {} }: StartOptions): Promise<OperatorProcess> {
    const [livePort, metricsPort] = [await freePort(), await freePort()];
    const ports = ['--live-addr', `127.0.0.1:${livePort}`, '--metrics-addr', `127.0.0.1:${metricsPort}`];
    const [command, first] = program ? [program, []] : [process.execPath, ['--conditions=esox-source', sources]];
    const child = spawn(command, [...first, ...ports, ...args], {
      env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new OperatorProcess(child, livePort, metricsPort);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resident memory. */
  async residentMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  /** Standard output and error so far. */
  get output(): string {
    return this.#output;
  }

  async get(port: number, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  }

  ready(): Promise<void> {
    return this.answers('/readyz');
  }

  /** Waits for a probe to answer with 200. */
  async answers(path: string): Promise<void> {
    await waitUntil(
      async () => {
        if (this.#child.exitCode !== null) throw new Error(`the operator ended: ${this.#output}`);
        return (await this.get(this.livePort, path).catch(() => undefined))?.status === 200;
      },
      { what: `${path} to be ok`, deadlineMs: 20_000, intervalMs: 50 },
    );
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and answers how the process ended. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal);
    return this.exit();
  }

  async exit(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
