import {
  type Call,
  type Client,
  type ConfigSchema,
  defineProvider,
  failure,
  type Host,
  type HttpClient,
  type HttpResponse,
  type ObjectKeyRef,
  type Outcome,
  ProviderError,
  type PushItem,
  type ReadRef,
  type RemoteRef,
  Sealed,
  type SecretValue,
  success,
} from '@esox/core';

export interface Config {
  readonly url: string;
  readonly passwordRef: ObjectKeyRef;
}

const config: ConfigSchema<Config, Config> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { url } = Object(value) as Partial<Config>;
      return typeof url === 'string' ? { value: value as Config } : { issues: [{ message: 'url is required' }] };
    },
  },
};

interface Found {
  readonly body: Uint8Array;
  readonly owner: string | undefined;
  fields(): Record<string, string>;
}

/** A provider that keeps every promise. Bad ones are made out of it. */
export const goodPlugin = defineProvider({
  spec: 'v1',
  id: 'http',
  config,
  capabilities: ['find', 'write', 'remove', 'exists'],
  documents: { property: ['path'], missingProperty: 'not-found', map: 'source' },
  limits: { batch: 10 },
  connect: async (settings, host) => new HttpSecrets(settings, host),
});

export class HttpSecrets implements Client<'find' | 'write' | 'remove' | 'exists'> {
  readonly #config: Config;
  readonly #host: Host;
  readonly #http: HttpClient;
  #session: Promise<string> | undefined;

  constructor(settings: Config, host: Host) {
    this.#config = settings;
    this.#host = host;
    this.#http = host.http();
  }

  async check(call: Call): Promise<'ready'> {
    await this.#exchange('GET', '/keys', call);
    return 'ready';
  }

  read(refs: readonly ReadRef[], call: Call): Promise<Outcome<SecretValue>[]> {
    return this.#each(refs, async ({ key }) => {
      const { headers, body } = await this.#exchange('GET', `/secrets/${key}`, call);
      return { content: Sealed.of(body), version: headers['etag'] };
    });
  }

  async *find({ name = '' }: { readonly name?: string | undefined }, call: Call) {
    const { body } = await this.#exchange('GET', '/keys', call);
    const keys = JSON.parse(Buffer.from(body).toString()) as string[]; // the server's own answer
    for (const key of keys) if (key.includes(name)) yield { key, ref: { key } };
  }

  write(items: readonly PushItem[], call: Call): Promise<Outcome<void>[]> {
    return this.#changeEach(items, async ({ key, property, value }) => {
      const found = await this.#found(key, call);
      if (found && found.owner !== 'provider') throw new ProviderError('conflict', 'others made it');
      if (property === undefined) return await this.#put(key, value.open(), found, call);
      const fields = { ...found?.fields(), [property]: value.openText() };
      await this.#put(key, Buffer.from(JSON.stringify(fields)), found, call);
    });
  }

  remove(refs: readonly RemoteRef[], call: Call): Promise<Outcome<void>[]> {
    return this.#changeEach(refs, async ({ key, property }) => {
      const found = await this.#found(key, call);
      if (found?.owner !== 'provider') return;
      const fields = Object.entries(property === undefined ? {} : found.fields()).filter(([name]) => name !== property);
      if (fields.length > 0) {
        return await this.#put(key, Buffer.from(JSON.stringify(Object.fromEntries(fields))), found, call);
      }
      await this.#exchange('DELETE', `/secrets/${key}`, call);
    });
  }

  exists(refs: readonly RemoteRef[], call: Call): Promise<Outcome<boolean>[]> {
    return this.#each(refs, async ({ key, property }) => {
      const found = await this.#found(key, call);
      return found !== undefined && (property === undefined || Object.hasOwn(found.fields(), property));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  /** One after the other: a change reads what it changes. */
  #changeEach<I>(items: readonly I[], change: (item: I) => Promise<void>): Promise<Outcome<void>[]> {
    let before: Promise<unknown> = Promise.resolve();
    return this.#each(items, (item) => {
      const mine = before.then(() => change(item));
      before = mine.catch(() => {});
      return mine;
    });
  }

  async #found(key: string, call: Call): Promise<Found | undefined> {
    try {
      const { headers, body } = await this.#exchange('GET', `/secrets/${key}`, call);
      const fields = () => JSON.parse(Buffer.from(body).toString()) as Record<string, string>; // written by `put` below
      return { body, owner: headers['x-owner'], fields };
    } catch (error) {
      if (ProviderError.is(error) && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async #put(key: string, body: Uint8Array, found: Found | undefined, call: Call): Promise<void> {
    if (found && Buffer.compare(found.body, body) === 0) return;
    await this.#exchange('PUT', `/secrets/${key}`, call, body);
  }

  async #each<I, T>(items: readonly I[], work: (item: I) => Promise<T>): Promise<Outcome<T>[]> {
    const outcomes = await Promise.all(
      items.map((item) =>
        work(item).then(success, (error: unknown) => failure(ProviderError.from(error, 'the request'))),
      ),
    );
    const failed = outcomes.find((outcome) => !outcome.ok && !['not-found', 'conflict'].includes(outcome.error.code));
    if (failed && !failed.ok) throw failed.error;
    return outcomes;
  }

  async #exchange(method: string, path: string, call: Call, body?: Uint8Array): Promise<HttpResponse> {
    const login = (this.#session ??= this.#login(call));
    const session = await login.catch((error: unknown) => {
      this.#forget(login);
      throw error;
    });
    const response = await this.#send({ method, path, session, ...(body && { body }) }, call);
    if (response.status !== 401) return checked(response);
    this.#forget(login);
    const renewed = await (this.#session ??= this.#login(call));
    return checked(await this.#send({ method, path, session: renewed, ...(body && { body }) }, call));
  }

  #forget(login: Promise<string>): void {
    if (this.#session === login) this.#session = undefined;
  }

  #send(
    { method, path, session, body }: { method: string; path: string; session: string; body?: Uint8Array },
    call: Call,
  ): Promise<HttpResponse> {
    const headers = { authorization: session, 'x-owner': 'provider' };
    return this.#http.request({ method, url: this.#config.url + path, headers, ...(body && { body }) }, call);
  }

  async #login(call: Call): Promise<string> {
    const password = await this.#host.secret(this.#config.passwordRef, call);
    const request = { method: 'POST', url: `${this.#config.url}/login`, body: password.open() };
    const response = await this.#http.request(request, call);
    if (response.status === 400) throw new ProviderError('unauthenticated', 'the password was refused');
    return Buffer.from(checked(response).body).toString();
  }
}

function checked(response: HttpResponse): HttpResponse {
  switch (response.status) {
    case 200:
    case 204:
      return response;
    case 403:
      throw new ProviderError('denied', 'the user may not do this');
    case 404:
      throw new ProviderError('not-found', 'no such key');
    case 429:
      throw new ProviderError('rate-limited', 'too many requests', {
        retryAfterMs: Number(response.headers['retry-after']) * 1000,
      });
    default:
      throw new ProviderError('unavailable', `the server answered ${response.status}`);
  }
}
