import { SecretsDiffer } from './errors.ts';
import { secretsIn } from './manifests.ts';
import { namespacesOf, type PlannedObject } from './planned-objects.ts';
import type { KeyValueData } from './vault/key-value-engine.ts';
import type { World } from './world.ts';

export interface Secret {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
}

interface SecretList {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Secret[];
}

const pageSize = 500;
const namedDifferences = 5;

/** Reads every Secret and compares it with what the backend holds now. Rejects with SecretsDiffer; values are not in it. */
export async function verifySecrets(world: World): Promise<void> {
  const differences: string[] = [];
  for (const namespace of namespacesOf(world.objects)) {
    const secrets = await readSecrets(world, namespace);
    for (const object of world.objects) {
      if (object.namespace !== namespace) continue;
      const difference = compare(secrets.get(object.name), world.vault.engine.current(object.key));
      if (difference !== undefined) differences.push(`  ${describe(object)}: ${difference}`);
      secrets.delete(object.name);
    }
    differences.push(...[...secrets.keys()].map((name) => `  ${namespace}/${name}: no ExternalSecret asked for it`));
  }
  if (differences.length === 0) return;
  const named = differences.slice(0, namedDifferences);
  const others = differences.length - named.length;
  throw new SecretsDiffer(
    [`${differences.length} Secrets differ:`, ...named, ...(others > 0 ? [`  and ${others} more`] : [])].join('\n'),
  );
}

/** What is wrong with the Secret; undefined where it is as it should be. */
export function compare(secret: Secret | undefined, expected: KeyValueData): string | undefined {
  if (secret === undefined) return 'it does not exist';
  const data = secret.data ?? {};
  const wrong = Object.entries(expected)
    .filter(([key, value]) => data[key] !== Buffer.from(value).toString('base64'))
    .map(([key]) => key);
  if (wrong.length > 0) return `not the value of the backend: ${wrong.join(', ')}`;
  const surplus = Object.keys(data).filter((key) => !(key in expected));
  return surplus.length > 0 ? `keys that nobody asked for: ${surplus.join(', ')}` : undefined;
}

async function readSecrets(world: World, namespace: string): Promise<Map<string, Secret>> {
  const secrets = new Map<string, Secret>();
  let next: string | undefined;
  do {
    const page = next === undefined ? '' : `&continue=${encodeURIComponent(next)}`;
    const path = `${secretsIn(namespace)}?limit=${pageSize}${page}`;
    const { metadata, items } = JSON.parse(await world.admin.send({ method: 'GET', path })) as SecretList;
    for (const secret of items) secrets.set(secret.metadata.name, secret);
    next = metadata.continue;
  } while (next !== undefined && next !== '');
  return secrets;
}

function describe({ namespace, name }: PlannedObject): string {
  return `${namespace}/${name}`;
}
