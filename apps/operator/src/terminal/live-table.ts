import { changeLines } from './change-lines.ts';
import { renderTable } from './render-table.ts';
import type { Snapshot } from './snapshot.ts';

/** Where the table goes. `columns` and `rows` are asked for at each draw, since windows change their size. */
export interface TableOutput {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly isTTY?: boolean | undefined;
  readonly colour: boolean;
  write(text: string): unknown;
}

export interface TableOptions {
  /** Shown above the table; at most one line. */
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Table {
  /** Cheap: the table is drawn later, at most ten times a second. */
  update(snapshot: Snapshot): void;
  /** Draws the last state and leaves it on the terminal. */
  close(): void;
}

const drawEveryMs = 100;
/** Ages grow without any news. */
const tickMs = 1000;

const escape = '\u001b[';
// A terminal that knows synchronised updates shows a frame at once; one that does not ignores the codes.
const startFrame = `${escape}?2026h${escape}?25l${escape}?7l`;
const endFrame = `${escape}?7h${escape}?2026l`;
const showCursor = `${escape}?25h`;
const clearScreen = `${escape}2J${escape}H`;

/** A table that is redrawn in place on a terminal; elsewhere, a line for each change. */
export function createTable(out: TableOutput, options: TableOptions): Table {
  return out.isTTY ? new LiveTable(out, options) : new ChangeLog(out);
}

class ChangeLog implements Table {
  readonly #out: TableOutput;
  #last: Snapshot | undefined;

  constructor(out: TableOutput) {
    this.#out = out;
  }

  update(snapshot: Snapshot): void {
    const lines = changeLines(this.#last, snapshot);
    this.#last = snapshot;
    if (lines.length > 0) this.#out.write(`${lines.join('\n')}\n`);
  }

  close(): void {}
}

class LiveTable implements Table {
  readonly #out: TableOutput;
  readonly #options: TableOptions;
  readonly #tick: NodeJS.Timeout;
  #snapshot: Snapshot | undefined;
  #frame: readonly string[] = [];
  #window = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(out: TableOutput, options: TableOptions) {
    this.#out = out;
    this.#options = options;
    this.#tick = setInterval(() => this.#schedule(), tickMs);
  }

  update(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#schedule();
  }

  close(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#timer);
    this.#draw();
    this.#out.write(showCursor);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, drawEveryMs);
  }

  #draw(): void {
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    const { columns = 80, rows = 24, colour } = this.#out;
    const { title, now } = this.#options;
    // The last column and the last line stay free: writing into them may scroll.
    const size = { width: Math.max(20, columns - 1), height: Math.max(5, rows - 1) };
    const lines = renderTable(snapshot, { ...size, colour, now: now(), title });
    const window = `${columns}x${rows}`;
    if (window === this.#window && lines.join('\n') === this.#frame.join('\n')) return;
    const text = lines.map((line) => `${line}${escape}K\n`).join('');
    this.#out.write(`${startFrame}${this.#home(window)}${text}${escape}J${endFrame}`);
    this.#frame = lines;
    this.#window = window;
  }

  /** To where the frame began. After a resize the terminal may have broken its lines, so nobody knows where that is. */
  #home(window: string): string {
    if (this.#frame.length === 0) return '';
    return window === this.#window ? `${escape}${this.#frame.length}F` : clearScreen;
  }
}
