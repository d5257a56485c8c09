import { readFileSync } from 'node:fs';

// A preload for the operator's process (`node --import`): the wall clock goes wrong by what the file says, from the
// moment of a SIGUSR2 on. Time that passes is counted right, as on a machine whose clock is set.

const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const RealDate = Date;
let stepMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...given: []) {
    if (given.length === 0) super(RealDate.now() + stepMs);
    else super(...given);
  }

  static override now(): number {
    return RealDate.now() + stepMs;
  }
} as DateConstructor;

process.on('SIGUSR2', () => {
  stepMs = Number(readFileSync(file, 'utf8'));
});
