import { type Call, type Client, type Host, ProviderError } from '@esox/core';
import { tokenSource } from '@esox/provider-kit';
import { kubernetesApi } from './api.ts';
import type { KubernetesConfig } from './config.ts';
import { find } from './find.ts';
import { target, waitsForConsumer } from './login.ts';
import { ensureNamespace } from './namespaces.ts';
import { readSecrets } from './read.ts';
import { removeSecrets, secretsExist } from './remove.ts';
import { reviewAccess } from './review.ts';
import { maxBodyBytes, secretsOf } from './secrets.ts';
import { writeSecrets } from './write.ts';

export type KubernetesClient = Client<'find' | 'write' | 'remove' | 'exists'>;

/** A token with less time left counts as expired. */
const renewBeforeMs = 60_000;

export async function connect(config: KubernetesConfig, host: Host, call: Call): Promise<KubernetesClient> {
  if (waitsForConsumer(config, host)) return clientWithoutConsumer();
  const { url, http: httpOptions, authenticate } = await target(config, host, call);
  const http = host.http({ ...httpOptions, maxBodyBytes });
  const tokens = tokenSource(authenticate, { clock: host.clock, renewBeforeMs });
  const api = kubernetesApi({ url, http, tokens, clock: host.clock });
  const namespace = config.remoteNamespace;
  const secrets = secretsOf(api);
  const reading = { secrets, namespace, ensureNamespace: ensureNamespace(api, namespace) };

  return {
    check: (checkCall) => reviewAccess(api, namespace, checkCall),
    async read(refs, readCall) {
      // A login that fails, fails the call as a whole.
      await api.logIn(readCall);
      return await readSecrets(refs, reading, readCall);
    },
    find: (query, findCall) => find(query, reading, findCall),
    write: (items, writeCall) => writeSecrets(items, { ...reading, storeKind: host.store.kind }, writeCall),
    remove: (refs, removeCall) => removeSecrets(refs, reading, removeCall),
    exists: (refs, existsCall) => secretsExist(refs, reading, existsCall),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

/** While a ClusterSecretStore is only being validated, nobody knows where its credentials are. */
function clientWithoutConsumer(): KubernetesClient {
  const reject = (): never => {
    throw new ProviderError('internal', 'a store whose credentials lie with its consumer was used without a consumer');
  };
  return {
    check: async () => 'unknown',
    read: async () => reject(),
    find: () => reject(),
    write: async () => reject(),
    remove: async () => reject(),
    exists: async () => reject(),
    async [Symbol.asyncDispose]() {},
  };
}
