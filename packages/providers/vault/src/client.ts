import { type Call, type Client, type Host, type Outcome, ProviderError, type RemoteRef } from '@esox/core';
import { each } from '@esox/provider-kit';
import type { VaultConfig } from './config.ts';
import { exists } from './exists.ts';
import { find } from './find.ts';
import { openVault } from './open-vault.ts';
import { secretPath } from './paths.ts';
import { perKey } from './per-key.ts';
import { pushedSecretsOfVersion1 } from './pushed-secrets-v1.ts';
import { pushedSecretsOfVersion2 } from './pushed-secrets-v2.ts';
import { secretReader } from './read.ts';
import { removeRef } from './remove.ts';
import { writeItem } from './write.ts';

export type VaultClient = Client<'find' | 'write' | 'remove' | 'exists'>;

/** Calls of one batch that are under way at once, as many as the host sends by default. */
const concurrency = 20;

export async function connect(config: VaultConfig, host: Host, call: Call): Promise<VaultClient> {
  const opened = await openVault(config, host, call);
  if (!opened) return clientWithoutConsumer();
  const { vault, absence, logIn } = opened;
  const readSecret = secretReader(vault, absence, config);
  const secrets =
    config.version === 'v1' ? pushedSecretsOfVersion1(vault, config) : pushedSecretsOfVersion2(vault, config);
  const inTurn = perKey();
  const change = (ref: RemoteRef, run: () => Promise<void>): Promise<void> =>
    inTurn(secretPath(ref.key, 'data', config).path, run);

  async function batch<T, R>(
    items: readonly T[],
    run: (item: T) => Promise<R>,
    { signal }: Call,
  ): Promise<Outcome<R>[]> {
    // A login that fails, fails the call as a whole.
    await logIn({ signal });
    return await each(items, run, { concurrency, signal });
  }

  return {
    async check(checkCall) {
      await vault.checkLogin(checkCall);
      return 'ready';
    },
    read: (refs, readCall) => batch(refs, (ref) => readSecret(ref, readCall), readCall),
    write: (items, writeCall) =>
      batch(items, (item) => change(item, () => writeItem(item, secrets, writeCall)), writeCall),
    remove: (refs, removeCall) =>
      batch(refs, (ref) => change(ref, () => removeRef(ref, secrets, removeCall)), removeCall),
    exists: (refs, existsCall) => batch(refs, (ref) => exists(ref, vault, config, existsCall), existsCall),
    find: (query, findCall) => find(query, { vault, config }, findCall),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** While a ClusterSecretStore is only being validated, nobody knows where its credentials are. */
function clientWithoutConsumer(): VaultClient {
  const reject = (): never => {
    throw new ProviderError('internal', 'a store whose credentials lie with its consumer was used without a consumer');
  };
  return {
    check: async () => 'unknown',
    read: async () => reject(),
    write: async () => reject(),
    remove: async () => reject(),
    exists: async () => reject(),
    find: () => reject(),
    async [Symbol.asyncDispose]() {},
  };
}
