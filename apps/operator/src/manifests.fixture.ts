import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of manifests of the test's own. */
export interface ManifestFolder extends AsyncDisposable {
  readonly path: string;
  write(file: string, ...objects: readonly object[]): Promise<void>;
  /** Text of a Secret's file in the output folder; undefined while there is none. */
  secret(name: string): Promise<string | undefined>;
}

const apiVersion = 'external-secrets.io/v1';
const namespace = 'team-a';

export async function manifestFolder(): Promise<ManifestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'esox-manifests-'));
  return {
    path,
    write: (file, ...objects) =>
      writeFile(join(path, file), objects.map((object) => JSON.stringify(object)).join('\n---\n')),
    secret: (name) => readFile(join(path, 'output', namespace, `${name}.yaml`), 'utf8').catch(() => undefined),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

export function store(name: string, provider: object): object {
  return { apiVersion, kind: 'SecretStore', metadata: { name, namespace }, spec: { provider } };
}

export function fakeStore(name: string, values: Readonly<Record<string, string>>): object {
  const data = Object.entries(values).map(([key, value]) => ({ key, value }));
  return store(name, { fake: { data } });
}

/** Reads `keys`, each into an entry of the same name. */
export function externalSecret(name: string, storeName: string, ...keys: readonly string[]): object {
  const data = keys.map((key) => ({ secretKey: key, remoteRef: { key } }));
  const spec = { refreshInterval: '1h', secretStoreRef: { name: storeName }, data };
  return { apiVersion, kind: 'ExternalSecret', metadata: { name, namespace }, spec };
}
