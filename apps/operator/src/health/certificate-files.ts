import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SettingsError } from '../settings/settings-error.ts';
import type { KeyPair } from './self-signed-certificate.ts';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Files of a Secret are replaced one by one; so soon a new pair is served. */
const LOOK_EVERY_MS = 10_000;

/** A pair that fits together. Throws a SettingsError. */
export async function readCertificate({ cert, key }: CertificateFiles): Promise<KeyPair> {
  const pair = { cert: await read(cert), key: await read(key) };
  try {
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return pair;
  } catch {
    // What it says may quote the key.
  }
  throw new SettingsError(`${cert} and ${key} are no certificate and its key, both in PEM`);
}

/** Hands on each new pair; one that cannot be read leaves the old one in use. Answers how to stop. */
export function followCertificate(files: CertificateFiles, first: KeyPair, use: (pair: KeyPair) => void): () => void {
  let current = first;
  const look = async (): Promise<void> => {
    const pair = await readCertificate(files).catch(() => current);
    if (pair.cert === current.cert && pair.key === current.key) return;
    current = pair;
    use(pair);
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new SettingsError(`${path} cannot be read: mount it, or correct --metrics-cert-dir`);
  }
}
