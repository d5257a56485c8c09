import type { Call, Host } from '@esox/core';
import { isReferent, tokenSource } from '@esox/provider-kit';
import { type AbsenceRule, absenceRule } from './absence.ts';
import type { VaultConfig } from './config.ts';
import { connection } from './connection.ts';
import { authentication, type Session } from './login.ts';
import { type Vault, vault as vaultOf } from './vault.ts';

/** What a client of a server that speaks Vault's protocol is made of. Disposing it revokes the login's token. */
export interface OpenVault extends AsyncDisposable {
  readonly vault: Vault;
  readonly absence: AbsenceRule;
  /** Logs in where there is no login yet. */
  logIn(call: Call): Promise<void>;
}

/** A token with less time left counts as expired. */
const renewBeforeMs = 60_000;
/** How long a close waits for the revocation of its token. */
const revocationMs = 2000;

/** Undefined while nobody knows where the credentials are: a ClusterSecretStore is only being validated. */
export async function openVault(config: VaultConfig, host: Host, call: Call): Promise<OpenVault | undefined> {
  const { authenticate, waitsForConsumer, clientCertificate } = authentication(config, host);
  if (waitsForConsumer || isReferent(host, config.tls?.certSecretRef) || isReferent(host, config.tls?.keySecretRef)) {
    return undefined;
  }
  const { open, ...connected } = await connection(config, clientCertificate, host, call);
  const sessions = tokenSource((loginCall) => authenticate(open, host, loginCall), {
    clock: host.clock,
    renewBeforeMs,
  });
  const absence = absenceRule(config.version);
  return {
    vault: vaultOf(sessions, absence),
    absence,
    logIn: (loginCall) => sessions.use(async () => undefined, loginCall),
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
