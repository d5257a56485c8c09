import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import satisfies from 'semver/functions/satisfies.js';
import { importConditions } from './conditions.ts';
import type { Candidate } from './discover.ts';
import { lockProblem, type PluginLock } from './integrity.ts';
import { type Manifest, parseManifest } from './manifest.ts';

const SUPPORTED_SPECS: readonly string[] = ['v1'];

export interface AdmissionRules {
  /** Version of `@esox/core` in this process. */
  readonly coreVersion: string;
  readonly lock?: PluginLock;
}

/** May be imported when somebody needs it. */
export interface AdmittedPlugin extends Manifest {
  readonly folder: string;
  /** Absolute real paths inside `folder`. */
  readonly entryPath: string;
  readonly schemaPath: string;
}

export interface RefusedPlugin {
  readonly folder: string;
  /** The folder where the package has no usable name. */
  readonly name: string;
  readonly version: string;
  readonly providers: readonly string[];
  readonly generators: readonly string[];
  /** A sentence part that follows the plugin's name: `its version is not …`. */
  readonly reason: string;
}

export interface Admission {
  readonly admitted: readonly AdmittedPlugin[];
  readonly refused: readonly RefusedPlugin[];
}

/** Decides by manifests alone, without importing. Plugins that claim one and the same id are all refused. */
export async function admit(candidates: readonly Candidate[], rules: AdmissionRules): Promise<Admission> {
  const conditions = importConditions();
  const judged = await Promise.all(candidates.map((candidate) => judge(candidate, rules, conditions)));
  const accepted = judged.filter((plugin) => 'entryPath' in plugin);
  const refused = judged.filter((plugin) => 'reason' in plugin);
  const claims = Map.groupBy(
    accepted.flatMap((plugin) => [...plugin.providers, ...plugin.generators].map((id) => ({ id, plugin }))),
    ({ id }) => id,
  );
  const admitted: AdmittedPlugin[] = [];
  for (const plugin of accepted) {
    const claim = [...claims.values()].find((same) => same.length > 1 && same.some((one) => one.plugin === plugin));
    if (claim) refused.push(refuse(plugin, duplicateReason(claim)));
    else admitted.push(plugin);
  }
  return { admitted, refused };
}

async function judge(
  { folder, packageJson }: Candidate,
  rules: AdmissionRules,
  conditions: ReadonlySet<string>,
): Promise<AdmittedPlugin | RefusedPlugin> {
  if (packageJson === undefined) return refuse({ folder }, 'its package.json is not valid JSON');
  const parsed = parseManifest(packageJson, conditions);
  if ('problem' in parsed) return refuse({ ...labelOf(packageJson), folder }, parsed.problem);
  const plugin = { ...parsed.manifest, folder };
  if (!SUPPORTED_SPECS.includes(plugin.spec)) {
    const supported = SUPPORTED_SPECS.join(', ');
    return refuse(plugin, `it speaks the contract ${plugin.spec}, and this version of Esox speaks ${supported}`);
  }
  if (!satisfies(rules.coreVersion, plugin.coreRange, { includePrerelease: true })) {
    return refuse(plugin, `it needs @esox/core ${plugin.coreRange}, and this is ${rules.coreVersion}`);
  }
  const entryPath = await pathInside(folder, plugin.entry);
  if (entryPath === undefined) return refuse(plugin, `its entry ${plugin.entry} is not a file inside its folder`);
  const schemaPath = await pathInside(folder, plugin.schema);
  if (schemaPath === undefined) return refuse(plugin, `its schema ${plugin.schema} is not a file inside its folder`);
  const problem = rules.lock && (await lockProblem(plugin, rules.lock));
  return problem === undefined ? { ...plugin, entryPath, schemaPath } : refuse(plugin, problem);
}

/** Follows symbolic links, so that none leads out of the package. */
async function pathInside(folder: string, path: string): Promise<string | undefined> {
  try {
    const real = await realpath(join(folder, path));
    return real.startsWith(folder + sep) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Name, version and ids of a manifest that does not hold, as far as they can be shown. */
function labelOf(packageJson: unknown): Partial<RefusedPlugin> {
  const { name, version, esox } = Object(packageJson) as Record<string, unknown>;
  const { providers } = Object(esox) as Record<string, unknown>;
  const ids = Array.isArray(providers) ? providers.filter((id) => typeof id === 'string') : [];
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof version === 'string' && { version }),
    providers: ids,
  };
}

function refuse(plugin: Partial<Manifest> & { readonly folder: string }, reason: string): RefusedPlugin {
  const { folder, name = folder, version = 'unknown', providers = [], generators = [] } = plugin;
  return { folder, name, version, providers, generators, reason };
}

function duplicateReason(claim: readonly { readonly id: string; readonly plugin: AdmittedPlugin }[]): string {
  const claimants = claim.map(({ plugin }) => `${plugin.name} ${plugin.version} in ${plugin.folder}`).join(' and ');
  return `${claim[0]?.id} is claimed by ${claimants}; keep one of them`;
}
