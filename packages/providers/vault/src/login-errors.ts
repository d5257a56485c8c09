import { ProviderError } from '@esox/core';
import { failureError, says } from './errors.ts';
import { VaultFailure } from './transport.ts';

export interface LoginAttempt {
  /** Field of `auth`, such as `appRole`. */
  readonly method: string;
  /** Path of the login behind `/v1/`, such as `auth/approle/login`. */
  readonly path: string;
  /** What is odd about the credentials, without quoting them. */
  readonly suspicion?: string | undefined;
}

/** What a refused login means. Transport failures and faults of the server keep their meaning. */
export function loginError(error: unknown, { method, path, suspicion }: LoginAttempt): ProviderError {
  if (!(error instanceof VaultFailure) || !isRefusal(error.status)) {
    return failureError(error, { verb: 'the login at', path });
  }
  const why = [refusal(error), suspicion].filter((part) => part !== undefined).join('; ');
  return new ProviderError(
    'unauthenticated',
    `Vault refused the login auth.${method} at ${path} with HTTP ${error.status}: ${why}`,
  );
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 412 && status !== 429;
}

function refusal(failure: VaultFailure): string {
  const known = refusals.find(({ text }) => says(failure, text));
  return known?.why ?? 'check the role and the credentials, and Vault’s log';
}

const refusals: readonly { readonly text: string; readonly why: string }[] = [
  {
    text: 'invalid role or secret ID',
    why: 'it does not know the role ID, or the secret ID is wrong, used up or expired',
  },
  { text: 'CIDR restrictions', why: 'the role does not admit the address that the operator comes from' },
  { text: 'invalid username or password', why: 'the user name or the password is wrong' },
  { text: 'invalid credentials', why: 'the user name or the password is wrong' },
  { text: 'ldap operation failed', why: 'the directory refused the user or cannot be reached' },
  { text: 'invalid role name', why: 'there is no such role' },
  { text: 'could not be found', why: 'there is no such role' },
  {
    text: 'invalid certificate or no client certificate supplied',
    why: 'no role admits this client certificate, or what stands between does not pass it on',
  },
  {
    text: 'failed to match all constraints for this login certificate',
    why: 'no role admits this client certificate',
  },
  { text: 'entry for role', why: 'there is no such role' },
  { text: 'does not belong to the role', why: 'the role does not admit this AWS principal' },
  { text: 'from STS', why: 'AWS refused the signed request: check the keys, the clock, and sts_endpoint and region' },
  { text: 'X-Vault-AWS-IAM-Server-ID', why: 'it wants another vaultAwsIamServerID' },
  { text: 'must end in', why: 'the token is for another role' },
  { text: 'unable to get public key', why: 'Google does not know the key that signed the token' },
  { text: 'not authorized for role', why: 'the role does not admit this Google service account' },
  { text: 'missing role', why: 'the login has no default role; set role' },
  { text: 'could not load configuration', why: 'the login is enabled and not configured' },
  { text: 'service account name not authorized', why: 'the role does not admit this ServiceAccount' },
  { text: 'namespace not authorized', why: 'the role does not admit the namespace of this ServiceAccount' },
  { text: 'invalid audience', why: 'the role wants another audience; set audiences of the ServiceAccount reference' },
  { text: 'audience claim', why: 'the role wants another audience; set audiences of the ServiceAccount reference' },
  {
    text: 'error validating token',
    why: 'the JWT is not one that the role admits: check its signature, issuer, subject and expiry',
  },
  { text: '" not found', why: 'there is no such role' },
  { text: 'no handler for route', why: 'there is no login at this path' },
  {
    text: 'permission denied',
    why: 'there is no login at this path, or it does not admit this identity; check the path, the role and what it is bound to',
  },
];
