import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { ProviderError, type Sealed } from '@esox/core';
import { isJsonObject, type JsonValue, readJson } from '@esox/provider-kit';

/** What a token for Vault says beside whose it is. */
export interface VaultClaims {
  readonly aud: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** A token of a service account, signed with its key file. */
export function signedByKey(keyFile: Sealed, claims: VaultClaims): string {
  const { email, keyId, privateKey } = parsed(keyFile);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'RS256', typ: 'JWT', kid: keyId })}.${part({ ...claims, sub: email })}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

interface ServiceAccountKey {
  readonly email: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

function parsed(keyFile: Sealed): ServiceAccountKey {
  const { client_email: email, private_key_id: keyId, private_key: pem } = members(keyFile);
  const privateKey = typeof pem === 'string' ? keyOf(pem) : undefined;
  if (typeof email === 'string' && typeof keyId === 'string' && privateKey?.asymmetricKeyType === 'rsa') {
    return { email, keyId, privateKey };
  }
  throw new ProviderError(
    'unauthenticated',
    'the Secret of auth.gcp.secretRef holds no key of a Google service account: it is the JSON file that Google made, ' +
      'with client_email, private_key_id and an RSA private_key',
  );
}

function members(keyFile: Sealed): Readonly<Record<string, JsonValue | undefined>> {
  try {
    const document = readJson(keyFile.open(), 'the key');
    return isJsonObject(document) ? document : {};
  } catch {
    return {};
  }
}

/** The parser's own error may quote its input, so it is dropped. */
function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
