import { ClusterError } from '../errors.ts';
import { FolderWatcher } from './folder-watcher.ts';
import type { ManifestProblem } from './manifest-parser.ts';
import { ManifestSource, type ManifestSourceOptions } from './manifest-source.ts';

export interface ManifestLoopOptions extends Omit<ManifestSourceOptions, 'onLost'> {
  readonly onProblem: (problem: ManifestProblem) => void;
  /** Every manifest could be read and applied for the first time: what is not there now, is gone. */
  readonly onSettled: () => void;
}

/** Looks at the manifests whenever something changes, one look at a time. */
export class ManifestLoop {
  readonly #options: ManifestLoopOptions;
  readonly #watcher: FolderWatcher;
  readonly #source: ManifestSource;
  #problems: readonly ManifestProblem[] = [];
  #reported: ReadonlySet<string> = new Set();
  #look: Promise<void> | undefined;
  #isDirty = false;
  #isSettled = false;
  #isClosed = false;

  constructor(options: ManifestLoopOptions) {
    this.#options = options;
    this.#watcher = new FolderWatcher(() => this.#changed());
    this.#source = new ManifestSource({ ...options, onLost: () => this.#watcher.callAfter(0) });
  }

  get problems(): readonly ManifestProblem[] {
    return this.#problems;
  }

  /** The first look. Throws where the folder cannot be read. */
  async start(): Promise<void> {
    this.#look = this.#sync();
    await this.#look;
    this.#look = undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher.close();
    await this.#look?.catch(() => {});
  }

  #changed(): void {
    this.#isDirty = true;
    this.#look ??= this.#lookWhileDirty().finally(() => {
      this.#look = undefined;
    });
  }

  async #lookWhileDirty(): Promise<void> {
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      try {
        await this.#sync();
      } catch (error) {
        // The folder is away: what it held stays as it is until it is back.
        const message = ClusterError.is(error) ? error.message : 'an unexpected failure';
        this.#report([{ file: '.', document: 0, path: '', message }]);
      }
    }
  }

  async #sync(): Promise<void> {
    const wait = await this.#source.sync();
    if (this.#isClosed) return;
    this.#report(this.#source.problems);
    if (wait !== undefined) this.#watcher.callAfter(wait);
    if (this.#watcher.watch(this.#source.folders)) this.#watcher.callAfter(0);
    if (this.#isSettled || this.#problems.length > 0) return;
    this.#isSettled = true;
    this.#source.settle();
    this.#options.onSettled();
  }

  #report(problems: readonly ManifestProblem[]): void {
    const texts = problems.map((problem) => JSON.stringify(problem));
    const added = problems.filter((_, index) => !this.#reported.has(texts[index] ?? ''));
    this.#problems = problems;
    this.#reported = new Set(texts);
    for (const problem of added) this.#options.onProblem(problem);
  }
}
