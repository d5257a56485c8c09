/** Runs what concerns one key one after the other: a push reads a secret before it writes it. */
export type PerKey = <T>(key: string, run: () => Promise<T>) => Promise<T>;

export function perKey(): PerKey {
  const last = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const before = last.get(key);
    const mine = before ? before.then(run, run) : run();
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
