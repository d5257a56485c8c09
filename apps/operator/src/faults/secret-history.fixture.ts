import { randomUUID } from 'node:crypto';
import { type Canary, type CanaryLedger, canariesIn, type Login } from './canary-ledger.fixture.ts';
import type { FaultArena } from './fault-arena.fixture.ts';

/** One write of a Secret, as etcd keeps it. */
export interface SecretWrite {
  readonly name: string;
  readonly type: 'put' | 'delete';
  /** The stored bytes as text. */
  readonly stored: string;
}

interface WatchAnswer {
  readonly result?: {
    readonly canceled?: boolean;
    readonly events?: readonly { readonly type?: 'DELETE'; readonly kv: { key: string; value?: string } }[];
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const text = (encoded = '') => Buffer.from(encoded, 'base64').toString('latin1');

/** Every write of a Secret in the namespace since it was made, in order: what nobody who looks now and then can miss. */
export async function secretHistory({ api, etcd }: FaultArena, namespace: string): Promise<SecretWrite[]> {
  const last = `last-${randomUUID()}`;
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  await api.client.call({ method: 'POST', path, body: { metadata: { name: last } } });
  const prefix = `/registry/secrets/${namespace}`;
  // `0` follows `/`.
  const watch = { key: base64(`${prefix}/`), range_end: base64(`${prefix}0`), start_revision: '1' };
  const body = JSON.stringify({ create_request: watch });
  const response = await fetch(`${etcd.url}/v3/watch`, { method: 'POST', body });
  const writes: SecretWrite[] = [];
  // Leaving the loop ends the watch.
  for await (const line of linesOf(response)) {
    const { result } = JSON.parse(line) as WatchAnswer;
    if (result?.canceled) throw new Error('etcd has compacted the history of the Secrets');
    for (const { type, kv } of result?.events ?? []) {
      const name = text(kv.key).slice(prefix.length + 1);
      if (name === last) return writes;
      writes.push({ name, type: type ? 'delete' : 'put', stored: text(kv.value) });
    }
  }
  throw new Error('etcd ended its answer too early');
}

async function* linesOf({ body }: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

export interface Permitted {
  /** Targets that were to be deleted. */
  readonly deleted?: readonly string[];
  /** Somebody else wrote labels, so the same data stands in several writes. */
  readonly sameDataTwice?: boolean;
}

/**
 * What is wrong with the writes of the given targets: a Secret deleted or blanked, a value that no backend ever had for
 * its key, two versions of one key in a Secret, an older version after a newer one, the same data written again.
 */
export function historyFaults(
  writes: readonly SecretWrite[],
  keysOf: ReadonlyMap<string, Login>,
  ledger: CanaryLedger,
  { deleted = [], sameDataTwice = false }: Permitted = {},
): string[] {
  const before = new Map<string, readonly Canary[]>();
  return writes.flatMap(({ name, type, stored }) => {
    const keys = keysOf.get(name);
    if (keys === undefined) return [];
    const last = before.get(name) ?? [];
    const found = canariesIn(stored);
    before.set(name, found);
    if (type === 'delete') return deleted.includes(name) ? [] : [`${name} was deleted`];
    const faults = [...contentFaults(found, keys, ledger), ...orderFaults(found, last)];
    const isSame = found.length > 0 && found.every(({ text }, index) => text === last[index]?.text);
    if (isSame && !sameDataTwice) faults.push(`was written twice with version ${found[0]?.version}`);
    return faults.map((fault) => `${name} ${fault}`);
  });
}

function contentFaults(found: readonly Canary[], keys: Login, ledger: CanaryLedger): string[] {
  const faults: string[] = [];
  if (found.length !== 2) faults.push(`has ${found.length} values instead of 2`);
  for (const canary of found) {
    if (canary.key !== keys[canary.property] || !ledger.has(canary)) faults.push('has a value that is not its own');
  }
  const versions = new Set(found.map(({ version }) => version));
  if (keys.user === keys.password && versions.size > 1) faults.push('mixes two versions');
  return faults;
}

function orderFaults(found: readonly Canary[], last: readonly Canary[]): string[] {
  const previous = (property: string) => last.find((canary) => canary.property === property)?.version ?? 0;
  return found
    .filter(({ property, version }) => version < previous(property))
    .map(({ property, version }) => `went back from version ${previous(property)} to ${version}`);
}
