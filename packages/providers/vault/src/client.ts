import { type Call, type Client, type Host, ProviderError, type RemoteRef } from '@esox/core';
import { each, isReferent, tokenSource } from '@esox/provider-kit';
import { absenceRule } from './absence.ts';
import type { VaultConfig } from './config.ts';
import { connection } from './connection.ts';
import { exists } from './exists.ts';
import { find } from './find.ts';
import { authentication, type Session } from './login.ts';
import { secretPath } from './paths.ts';
import { perKey } from './per-key.ts';
import { pushedSecretsOfVersion1 } from './pushed-secrets-v1.ts';
import { pushedSecretsOfVersion2 } from './pushed-secrets-v2.ts';
import { secretReader } from './read.ts';
import { removeRef } from './remove.ts';
import { vault as vaultOf } from './vault.ts';
import { writeItem } from './write.ts';

export type VaultClient = Client<'find' | 'write' | 'remove' | 'exists'>;

/** Calls of one batch that are under way at once, as many as the host sends by default. */
const concurrency = 20;
/** A token with less time left counts as expired. */
const renewBeforeMs = 60_000;
/** How long a close waits for the revocation of its token. */
const revocationMs = 2000;

export async function connect(config: VaultConfig, host: Host, call: Call): Promise<VaultClient> {
  const { authenticate, waitsForConsumer, clientCertificate } = authentication(config, host);
  if (waitsForConsumer || isReferent(host, config.tls?.certSecretRef) || isReferent(host, config.tls?.keySecretRef)) {
    return clientWithoutConsumer();
  }
  const { open, ...connected } = await connection(config, clientCertificate, host, call);
  const sessions = tokenSource((loginCall) => authenticate(open, host, loginCall), {
    clock: host.clock,
    renewBeforeMs,
  });
  const absence = absenceRule(config.version);
  const vault = vaultOf(sessions, absence);
  const readSecret = secretReader(vault, absence, config);

  const secrets =
    config.version === 'v1' ? pushedSecretsOfVersion1(vault, config) : pushedSecretsOfVersion2(vault, config);
  const inTurn = perKey();
  const change = (ref: RemoteRef, run: () => Promise<void>): Promise<void> =>
    inTurn(secretPath(ref.key, 'data', config).path, run);

  async function batch<T, R>(items: readonly T[], run: (item: T) => Promise<R>, { signal }: Call) {
    // A login that fails, fails the call as a whole.
    await sessions.use(async () => undefined, { signal });
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
    async [Symbol.asyncDispose]() {
      await revoke(sessions.take(), host);
      await connected[Symbol.asyncDispose]();
    },
  };
}

/** A token that was got by a login is not left behind. A revocation that fails leaves it to expire. */
async function revoke(session: Session | undefined, { log }: Host): Promise<void> {
  if (!session?.revocable) return;
  try {
    await session.api.revokeSelf({ signal: AbortSignal.timeout(revocationMs) });
  } catch {
    log.debug('Vault did not revoke the token of a closed client; it expires by itself');
  }
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
