import { type FSWatcher, watch } from 'node:fs';

const debounceMs = 50;
/** Catches what the system does not tell: network folders, targets of symlinks, too many watches. */
const rescanMs = 2000;

/**
 * Calls back soon after something changed in one of the folders, and every two seconds in any case. Folders are watched
 * one by one: Node's recursive watch on Linux loses files that an editor replaces.
 */
export class FolderWatcher {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: () => void;
  readonly #rescan: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#rescan = setInterval(onChange, rescanMs);
  }

  /** Sets which folders are watched. True where one is new: what happened in it before was not seen. */
  watch(folders: ReadonlySet<string>): boolean {
    for (const [folder, watcher] of this.#watchers) {
      if (!folders.has(folder)) this.#drop(folder, watcher);
    }
    const added = [...folders].filter((folder) => !this.#watchers.has(folder));
    return added.filter((folder) => this.#add(folder)).length > 0;
  }

  /** Calls back after a time, unless something else does so earlier. */
  callAfter(ms: number): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#onChange();
    }, ms);
  }

  close(): void {
    clearInterval(this.#rescan);
    clearTimeout(this.#soon);
    for (const [folder, watcher] of this.#watchers) this.#drop(folder, watcher);
  }

  #add(folder: string): boolean {
    try {
      const watcher = watch(folder, () => this.#changed());
      watcher.on('error', () => this.#drop(folder, watcher));
      this.#watchers.set(folder, watcher);
      return true;
    } catch {
      // The folder is gone again, or the system has no watches left: the rescan sees to it.
      return false;
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
  }

  /** An editor writes a file in several steps: wait until it has been quiet. */
  #changed(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.callAfter(debounceMs);
  }
}
