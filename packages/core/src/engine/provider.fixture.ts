import { ProviderError } from '../provider/errors.ts';
import type { Call } from '../provider/host.ts';
import { failure, success, type Outcome } from '../provider/outcome.ts';
import type {
  DocumentSyntax,
  FindQuery,
  FoundSecret,
  Provider,
  Client,
  ReadRef,
  SecretValue,
} from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';
import type { ClientSource, CredentialVersion } from './client-source.ts';
import { ClientPool, type ClientKey, type ClientPoolOptions } from './clients.ts';
import { FakeClock } from './clock.fixture.ts';
import type { Lane, ReadRequest } from './lane.ts';
import type { CallEvent } from './observer.ts';

export const gjsonDocuments: DocumentSyntax = { property: ['path'], missingProperty: 'not-found', map: 'source' };

/** A backend in memory that records its calls; `respond` takes over where a test needs another behaviour. */
export class MemoryBackend {
  readonly secrets = new Map<string, string>();
  readonly reads: (readonly ReadRef[])[] = [];
  readonly signals: AbortSignal[] = [];
  listings = 0;
  connects = 0;
  closed = 0;
  respond: ((refs: readonly ReadRef[], call: Call) => Promise<readonly Outcome<SecretValue>[]>) | undefined;
  list: ((query: FindQuery) => AsyncIterable<FoundSecret>) | undefined;

  provider(overrides: Partial<Provider> = {}): Provider {
    return {
      spec: 'v1',
      id: 'memory',
      config: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
      capabilities: ['find'],
      documents: gjsonDocuments,
      connect: async () => this.client(),
      ...overrides,
    };
  }

  client(): Client<'find'> {
    return {
      check: async () => 'ready' as const,
      read: (refs: readonly ReadRef[], call: Call) => this.#read(refs, call),
      find: (query: FindQuery) => this.#find(query),
      [Symbol.asyncDispose]: async () => void (this.closed += 1),
    };
  }

  answer(refs: readonly ReadRef[]): Outcome<SecretValue>[] {
    return refs.map(({ key }) => {
      const text = this.secrets.get(key);
      if (text === undefined) return failure(new ProviderError('not-found', 'there is no such key'));
      return success({ content: Sealed.text(text), version: `v-${text.length}` });
    });
  }

  async #read(refs: readonly ReadRef[], call: Call): Promise<readonly Outcome<SecretValue>[]> {
    this.reads.push(refs);
    this.signals.push(call.signal);
    return this.respond ? this.respond(refs, call) : this.answer(refs);
  }

  async *#find(query: FindQuery): AsyncGenerator<FoundSecret> {
    this.listings += 1;
    if (this.list) yield* this.list(query);
    else for (const key of this.secrets.keys()) yield { key, ref: { key } };
  }
}

export const key: ClientKey = {
  provider: 'memory',
  pluginVersion: '1.0.0',
  storeUid: 'store-1',
  store: 'SecretStore/team-a/main',
  storeGeneration: 1,
  consumerNamespace: undefined,
};

export const credential: CredentialVersion = {
  kind: 'Secret',
  namespace: 'team-a',
  name: 'login',
  resourceVersion: '1',
};

/** A source for the backend whose credentials are current while `versions` says so. */
export function sourceOf(
  backend: MemoryBackend,
  overrides: Partial<Provider> = {},
): ClientSource & { current: string } {
  const source = {
    current: '1',
    connect: async (_call: Call, used: (used: CredentialVersion) => void) => {
      backend.connects += 1;
      const login = { ...credential, resourceVersion: source.current };
      used(login);
      return { provider: backend.provider(overrides), client: backend.client(), credentials: () => [login] };
    },
    isCurrent: (credentials: readonly CredentialVersion[]) =>
      credentials.every((login) => login.resourceVersion === source.current),
  };
  return source;
}

export interface Bench {
  readonly clock: FakeClock;
  readonly pool: ClientPool;
  readonly calls: CallEvent[];
  readonly counts: { joined: number; cacheHits: number; cacheBytes: number; clients: number; pauses: number[] };
}

export function bench(options: Partial<ClientPoolOptions> = {}): Bench {
  const clock = new FakeClock();
  const calls: CallEvent[] = [];
  const counts = { joined: 0, cacheHits: 0, cacheBytes: 0, clients: 0, pauses: [] as number[] };
  const observer = {
    call: (event: CallEvent) => void calls.push(event),
    joined: () => void (counts.joined += 1),
    cacheHit: () => void (counts.cacheHits += 1),
    cacheBytes: (bytes: number) => void (counts.cacheBytes = bytes),
    clients: (count: number) => void (counts.clients = count),
    paused: (_provider: string, ms: number) => void counts.pauses.push(ms),
  };
  return { clock, calls, counts, pool: new ClientPool({ clock, observer, ...options }) };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** A refresh that has a cause, just now. */
export function caused({ clock }: { clock: FakeClock }, signal: AbortSignal = never()): ReadRequest {
  return { signal, maxAgeMs: 0, since: clock.now() };
}

export async function laneTo(at: Bench, backend: MemoryBackend, overrides: Partial<Provider> = {}): Promise<Lane> {
  return at.pool.lane(key, sourceOf(backend, overrides), never());
}

export function textOf(outcome: Outcome<SecretValue>): string {
  if (!outcome.ok) return outcome.error.code;
  const { content } = outcome.value;
  return Sealed.is(content) ? content.openText() : JSON.stringify([...content.keys()]);
}
