import { setTimeout as sleep } from 'node:timers/promises';

const POLLS = 200;
const POLL_MS = 50;

/** TCP connections of this process, both ends counted where the backend lives in it, too. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap').length;
}

/** Waits until no more sockets are open than before; the backend's own idle connections need some seconds to end. */
export async function assertSocketsClosed(before: number): Promise<void> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    if (openSockets() <= before) return;
    await sleep(POLL_MS);
  }
  throw new Error(`${openSockets() - before} sockets stay open after the client was closed`);
}
