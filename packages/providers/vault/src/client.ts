import { type Call, type Client, type Host, ProviderError } from '@esox/core';
import { each, isReferent, tokenSource } from '@esox/provider-kit';
import { absenceRule } from './absence.ts';
import type { VaultConfig } from './config.ts';
import { connection } from './connection.ts';
import { find } from './find.ts';
import { authentication, type Session } from './login.ts';
import { secretReader } from './read.ts';
import { vault as vaultOf } from './vault.ts';

export type VaultClient = Client<'find'>;

/** Calls of one `read` that are under way at once, as many as the host sends by default. */
const concurrency = 20;
/** A token with less time left counts as expired. */
const renewBeforeMs = 60_000;
/** How long a close waits for the revocation of its token. */
const revocationMs = 2000;

export async function connect(config: VaultConfig, host: Host, call: Call): Promise<VaultClient> {
  const { authenticate, waitsForConsumer } = authentication(config, host);
  if (waitsForConsumer || isReferent(host, config.tls?.certSecretRef) || isReferent(host, config.tls?.keySecretRef)) {
    return clientWithoutConsumer();
  }
  const { open, ...connected } = await connection(config, host, call);
  const sessions = tokenSource((loginCall) => authenticate(open, host, loginCall), {
    clock: host.clock,
    renewBeforeMs,
  });
  const absence = absenceRule(config.version);
  const vault = vaultOf(sessions, absence);
  const readSecret = secretReader(vault, absence, config);

  return {
    async check(checkCall) {
      await vault.checkLogin(checkCall);
      return 'ready';
    },
    async read(refs, readCall) {
      // A login that fails, fails the call as a whole.
      await sessions.use(async () => undefined, readCall);
      return await each(refs, (ref) => readSecret(ref, readCall), { concurrency, signal: readCall.signal });
    },
    find: (query, findCall) => find(query, { vault, config }, findCall),
    async [Symbol.asyncDispose]() {
      await revoke(sessions.take(), host);
      await connected[Symbol.asyncDispose]();
    },
  };
}

/** A token that was got by a login is not left behind. A revocation that fails leaves it to expire. */
async function revoke(session: Session | undefined, { log }: Host): Promise<void> {
  if (!session?.loggedIn) return;
  try {
    await session.api.revokeSelf({ signal: AbortSignal.timeout(revocationMs) });
  } catch {
    log.debug('Vault did not revoke the token of a closed client; it expires by itself');
  }
}

/** While a ClusterSecretStore is only being validated, nobody knows where its credentials are. */
function clientWithoutConsumer(): VaultClient {
  const reject = (): never => {
    throw new ProviderError('internal', 'a store whose credentials lie with its consumer was read without a consumer');
  };
  return {
    check: async () => 'unknown',
    read: async () => reject(),
    find: () => reject(),
    async [Symbol.asyncDispose]() {},
  };
}
