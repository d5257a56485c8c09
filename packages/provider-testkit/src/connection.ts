import {
  type Call,
  type Client,
  type FindQuery,
  type FoundSecret,
  type Outcome,
  type Provider,
  ProviderError,
  type Reader,
  type ReadRef,
  type SecretValue,
} from '@esox/core';
import { providerOf, type Subject } from './check.ts';
import { testHost, type TestHost } from './test-host.ts';

/** A client as the operator makes it: its own host, its configuration parsed by the provider's schema. */
export interface Connection extends AsyncDisposable {
  readonly provider: Provider;
  readonly client: Reader;
  readonly host: TestHost;
  /** Reads in calls no larger than the provider's batch limit, all at once, and answers in the order of `refs`. */
  read(refs: readonly ReadRef[]): Promise<readonly Outcome<SecretValue>[]>;
}

/** Longer than any honest answer takes. */
const CALL_TIMEOUT_MS = 15_000;

/** What an ordinary call carries. */
export const call = (): Call => ({ signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

/** `first` is the call under which the client is made. */
export async function connect(subject: Subject, first: Call = call()): Promise<Connection> {
  const provider = providerOf(subject.plugin);
  const host = testHost({ ...subject.backend.objects, ...(subject.backend.store && { store: subject.backend.store }) });
  const client = await clientFor(subject, host, first).catch(async (error: unknown) => {
    await host[Symbol.asyncDispose]();
    throw error;
  });
  return {
    provider,
    client,
    host,
    read: (refs) => readInBatches(provider, client, refs),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

async function clientFor({ plugin, backend }: Subject, host: TestHost, first: Call): Promise<Reader> {
  const provider = providerOf(plugin);
  const parsed = await provider.config['~standard'].validate(backend.config);
  if (!parsed.issues) return provider.connect(parsed.value, host, first);
  const issues = parsed.issues.map(({ message }) => message).join('; ');
  throw new Error(`the backend's config does not pass the provider's schema: ${issues}`);
}

async function readInBatches(
  provider: Provider,
  client: Reader,
  refs: readonly ReadRef[],
): Promise<readonly Outcome<SecretValue>[]> {
  const size = provider.limits?.batch ?? 1;
  const batches = Array.from({ length: Math.ceil(refs.length / size) }, (_, index) =>
    refs.slice(index * size, (index + 1) * size),
  );
  const answers = await Promise.all(
    batches.map(async (batch) => {
      const outcomes = await client.read(batch, call());
      if (outcomes.length === batch.length) return outcomes;
      throw new Error(`read answered ${outcomes.length} outcomes for ${batch.length} refs`);
    }),
  );
  return answers.flat();
}

/** Connects, reads one key, and answers why it failed; undefined where it worked. */
export async function readFailure(subject: Subject, key: string): Promise<unknown> {
  try {
    await using connection = await connect(subject);
    return await failureOf(connection, key);
  } catch (error) {
    return error;
  }
}

/** The whole listing. */
export async function findAll(client: Client<'find'>, query: FindQuery, under: Call): Promise<FoundSecret[]> {
  const found: FoundSecret[] = [];
  for await (const secret of client.find(query, under)) found.push(secret);
  return found;
}

/** Why one key cannot be read with this client; undefined where it can. */
export async function failureOf(connection: Connection, key: string): Promise<unknown> {
  try {
    const [outcome] = await connection.read([{ key }]);
    return outcome?.ok === false ? outcome.error : undefined;
  } catch (error) {
    return error;
  }
}

/** For messages: the code of a ProviderError, else that it is none. */
export function codeOf(error: unknown): string {
  if (ProviderError.is(error)) return error.code;
  return error === undefined ? 'success' : 'an error that is no ProviderError';
}
