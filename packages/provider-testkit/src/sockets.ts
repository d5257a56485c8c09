import { AsyncLocalStorage } from 'node:async_hooks';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const POLLS = 40;
const POLL_MS = 50;

/**
 * The connections that are opened by what `run` runs, and by nobody else in this process, where the backend may live,
 * too. Node's own list of active handles leaves idle ones out, and those are the ones that are forgotten.
 */
export class SocketTracker implements Disposable {
  readonly #running = new AsyncLocalStorage<true>();
  readonly #open = new Set<Socket>();
  readonly #connect = Socket.prototype.connect;

  constructor() {
    const running = this.#running;
    const open = this.#open;
    const connect = this.#connect;
    Socket.prototype.connect = function (this: Socket, ...parameters: unknown[]): Socket {
      if (running.getStore()) {
        open.add(this);
        this.once('close', () => open.delete(this));
      }
      return Reflect.apply(connect, this, parameters);
    };
  }

  run<T>(work: () => T): T {
    return this.#running.run(true, work);
  }

  /** Allows for the moments that closing takes. */
  async assertClosed(): Promise<void> {
    for (let poll = 0; poll < POLLS && this.#open.size > 0; poll += 1) await sleep(POLL_MS);
    if (this.#open.size > 0) throw new Error(`${this.#open.size} sockets stay open after the client was closed`);
  }

  [Symbol.dispose](): void {
    Socket.prototype.connect = this.#connect;
  }
}
