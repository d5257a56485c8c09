import { readFile } from 'node:fs/promises';

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The operator's own token, read each time since Kubernetes renews it; undefined outside a Pod. */
export async function readPodToken(): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(tokenFile));
  } catch {
    return undefined;
  }
}
