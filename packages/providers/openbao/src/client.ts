import { type Call, type Client, type Host, ProviderError, type ReadRef } from '@esox/core';
import { each, isReferent } from '@esox/provider-kit';
import { openVault, secretReader, type VaultConfig } from '@esox/provider-vault';
import { checkEngine } from './check-engine.ts';
import type { OpenBaoConfig } from './config.ts';
import { find } from './find.ts';
import { inVault, vaultConfig } from './vault-config.ts';

export type OpenBaoClient = Client<'find'>;

/** Calls of one batch that are under way at once, as many as the host sends by default. */
const concurrency = 20;
/** How long the validation of a store may take. */
const checkMs = 5000;

export async function connect(settings: OpenBaoConfig, host: Host, call: Call): Promise<OpenBaoClient> {
  if (isReferent(host, settings.caProvider)) return clientWithoutConsumer();
  const config = vaultConfig(settings, host);
  const opened = await openVault(config, host, call);
  if (!opened) return clientWithoutConsumer();
  const { vault, absence, logIn } = opened;
  const readSecret = secretReader(vault, absence, config);

  return {
    async check({ signal }) {
      await checkEngine(vault, config, { signal: AbortSignal.any([signal, AbortSignal.timeout(checkMs)]) });
      return 'ready';
    },
    async read(refs, readCall) {
      // A login that fails, fails the call as a whole.
      await logIn(readCall);
      const read = async (ref: ReadRef) => await readSecret(refInVault(ref, config), readCall);
      return await each(refs, read, { concurrency, signal: readCall.signal });
    },
    find: (query, findCall) => find(query, vault, config, findCall),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Without `metadata`, which OpenBao's stores do not look at. */
function refInVault({ key, version }: ReadRef, config: VaultConfig): ReadRef {
  if (version && config.version === 'v1') {
    throw new ProviderError(
      'invalid-ref',
      `version ${JSON.stringify(version)} of key ${JSON.stringify(key)}: version v1 of the KV secrets engine keeps one ` +
        'version of a secret; take version out',
    );
  }
  return { key: inVault(key, config), ...(version && { version }) };
}

/** While a ClusterSecretStore is only being validated, nobody knows where its credentials are. */
function clientWithoutConsumer(): OpenBaoClient {
  const reject = (): never => {
    throw new ProviderError('internal', 'a store whose credentials lie with its consumer was used without a consumer');
  };
  return {
    check: async () => 'unknown',
    read: async () => reject(),
    find: () => reject(),
    async [Symbol.asyncDispose]() {},
  };
}
