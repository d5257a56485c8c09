/** Says what the bench is doing while it works. */
export interface Progress {
  /** Replaces what was shown before; called as often as one likes. */
  show(text: string): void;
  /** Stays on the terminal. */
  note(text: string): void;
  /** Clears what is shown. */
  clear(): void;
}

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const terminalMs = 100;
const logMs = 5_000;

/** One line that is written over on a terminal; elsewhere a line every five seconds. */
export function createProgress(stream: Terminal, now: () => number): Progress {
  let shownAt = Number.NEGATIVE_INFINITY;
  const isTerminal = stream.isTTY === true;
  const clear = (): void => {
    if (isTerminal) stream.write('\r\u001b[K');
  };
  return {
    clear,
    show(text) {
      if (now() - shownAt < (isTerminal ? terminalMs : logMs)) return;
      shownAt = now();
      clear();
      stream.write(isTerminal ? `bench: ${text}` : `bench: ${text}\n`);
    },
    note(text) {
      clear();
      stream.write(`bench: ${text}\n`);
    },
  };
}
