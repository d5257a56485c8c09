import {
  type Call,
  type Client,
  type ConfigSchema,
  type FoundSecret,
  type Host,
  type Outcome,
  type Provider,
  ProviderError,
  type ReadRef,
  Sealed,
  type SecretValue,
} from '@esox/core';
import type { Plugins } from './stores/plugins.ts';

interface Stored {
  readonly content: Sealed;
  readonly version: string;
}

/** An external system whose behaviour a test writes. */
export class ScriptedBackend {
  readonly #values = new Map<string, Stored>();
  #version = 0;
  /** Refs of each `read`, in the order of the calls. */
  readonly reads: string[][] = [];
  /** Passwords that clients connected with. */
  readonly logins: string[] = [];
  finds = 0;
  /** Makes every read, find and check fail. */
  failure: ProviderError | undefined;
  /** What a check answers. */
  state: 'ready' | 'unknown' = 'ready';
  /** Makes every read wait for ever, whatever its signal says. */
  hangs = false;
  /** The password that a login must have. */
  password: string | undefined;

  set(key: string, value: string | object): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.#values.set(key, { content: Sealed.text(text), version: String(++this.#version) });
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  get refsRead(): number {
    return this.reads.reduce((sum, refs) => sum + refs.length, 0);
  }

  async read(refs: readonly ReadRef[]): Promise<readonly Outcome<SecretValue>[]> {
    this.reads.push(refs.map(({ key }) => key));
    if (this.hangs) await new Promise(() => {});
    if (this.failure) throw this.failure;
    return refs.map(({ key }) => this.#answer(key));
  }

  #answer(key: string): Outcome<SecretValue> {
    const stored = this.#values.get(key);
    if (stored) return { ok: true, value: stored };
    return { ok: false, error: new ProviderError('not-found', `the key "${key}" does not exist`) };
  }
}

interface ScriptedConfig {
  readonly backend: string;
  readonly passwordRef?: { readonly name: string; readonly namespace?: string; readonly key: string };
}

/** The provider `scripted`, whose stores name one of the backends. */
export class ScriptedProvider implements Plugins {
  readonly backends = new Map<string, ScriptedBackend>();
  maintenance: NonNullable<Provider['maintenance']> = 'maintained';
  readonly #provider: Provider = {
    spec: 'v1',
    id: 'scripted',
    config: anything as ConfigSchema,
    capabilities: ['find'],
    documents: { property: ['key', 'path'], missingProperty: 'invalid-ref', map: 'decoded' },
    connect: (config, host, call) => this.#connect(config as ScriptedConfig, host, call),
  };

  backend(name: string): ScriptedBackend {
    const backend = new ScriptedBackend();
    this.backends.set(name, backend);
    return backend;
  }

  version(providerId: string): string {
    if (providerId === 'scripted') return '1.0.0';
    throw new ProviderError(
      'invalid-config',
      `no installed package serves the provider "${providerId}"; install @esox/provider-${providerId}`,
    );
  }

  load(providerId: string): Promise<Provider> {
    this.version(providerId);
    return Promise.resolve({ ...this.#provider, maintenance: this.maintenance });
  }

  async #connect(config: ScriptedConfig, host: Host, call: Call): Promise<Client<'find'>> {
    const backend = this.backends.get(config.backend);
    if (!backend) throw new ProviderError('invalid-config', `there is no backend "${config.backend}"`);
    const password = config.passwordRef ? (await host.secret(config.passwordRef, call)).openText() : '';
    backend.logins.push(password);
    if (backend.password !== undefined && backend.password !== password) {
      throw new ProviderError('unauthenticated', 'the login was refused');
    }
    return {
      check: () => (backend.failure ? Promise.reject(backend.failure) : Promise.resolve(backend.state)),
      read: (refs) => backend.read(refs),
      find: (query) => find(backend, query.name ?? ''),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

async function* find(backend: ScriptedBackend, name: string): AsyncIterable<FoundSecret> {
  backend.finds++;
  if (backend.failure) throw backend.failure;
  for (const key of backend.keys()) if (key.includes(name)) yield { key, ref: { key } };
}

const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
};

/** The structural schema of `spec.provider.scripted`. */
export const scriptedSchema = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
} as const;
