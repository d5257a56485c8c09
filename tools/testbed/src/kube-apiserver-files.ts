import { generateKeyPair, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { auditPolicy } from './audit-log.ts';

/** A user that the API server knows by a fixed token. */
export interface TokenUser {
  name: string;
  token: string;
  groups?: readonly string[];
}

/** What stays the same when an API server is restarted. */
export interface ApiServerFiles {
  folder: string;
  tokens: string;
  /** The API server writes its serving certificate here at its first start. */
  certificates: string;
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
  serviceAccountPublicKeyPem: string;
  auditPolicy: string;
  auditLog: string;
  adminToken: string;
}

export async function writeApiServerFiles(folder: string, users: readonly TokenUser[]): Promise<ApiServerFiles> {
  const adminToken = randomBytes(24).toString('base64url');
  const admin = { name: 'testbed-admin', token: adminToken, groups: ['system:masters'] };
  const keys = await serviceAccountKeys();
  const files = {
    folder,
    tokens: join(folder, 'tokens.csv'),
    certificates: join(folder, 'certificates'),
    serviceAccountKey: join(folder, 'service-account.key'),
    serviceAccountPublicKey: join(folder, 'service-account.pub'),
    serviceAccountPublicKeyPem: keys.publicKey,
    auditPolicy: join(folder, 'audit-policy.json'),
    auditLog: join(folder, 'audit.log'),
    adminToken,
  };
  const privately = { mode: 0o600 };
  await Promise.all([
    writeFile(files.tokens, [admin, ...users].map(tokenLine).join(''), privately),
    writeFile(files.serviceAccountKey, keys.privateKey, privately),
    writeFile(files.serviceAccountPublicKey, keys.publicKey, privately),
    writeFile(files.auditPolicy, auditPolicy, privately),
    // So that it can be read before the first request is in it.
    writeFile(files.auditLog, '', privately),
  ]);
  return files;
}

/** token,user,uid,"group,group" */
function tokenLine({ name, token, groups = [] }: TokenUser): string {
  return `${token},${name},${name},"${groups.join(',')}"\n`;
}

async function serviceAccountKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
