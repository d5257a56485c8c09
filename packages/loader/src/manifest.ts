import valid from 'semver/functions/valid.js';
import validRange from 'semver/ranges/valid.js';

export const STABILITIES = ['alpha', 'beta', 'stable'] as const;

/** What a plugin's package.json says about it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** The contract that it speaks. */
  readonly spec: string;
  /** Keys under `spec.provider` of a store. */
  readonly providers: readonly string[];
  /** Kinds of the group `generators.external-secrets.io`. */
  readonly generators: readonly string[];
  /** Path of its schema.json, relative to the package. */
  readonly schema: string;
  readonly stability: (typeof STABILITIES)[number];
  /** The versions of `@esox/core` that it works with. */
  readonly coreRange: string;
  /** Target of `exports["."]` under the given conditions, relative to the package. */
  readonly entry: string;
}

/** The manifest, or what is wrong with it, as a sentence part that follows the plugin's name. */
export type ParsedManifest = { readonly manifest: Manifest } | { readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;

/** Checks the shape of a package.json. `conditions` are those of `exports` that hold in this process. */
export function parseManifest(packageJson: unknown, conditions: ReadonlySet<string>): ParsedManifest {
  const json = fields(packageJson);
  const esox = fields(json?.['esox']);
  if (!json || !esox) return { problem: 'its package.json has no object "esox"' };
  const manifest = {
    name: json['name'],
    version: json['version'],
    spec: esox['spec'],
    providers: esox['providers'] ?? [],
    generators: esox['generators'] ?? [],
    schema: esox['schema'],
    stability: esox['stability'],
    coreRange: fields(json['peerDependencies'])?.['@esox/core'],
    entry: entryOf(json, conditions),
  };
  const problem = problemOf(manifest);
  // Each field was just checked to have the type that Manifest gives it.
  return problem === undefined ? { manifest: manifest as Manifest } : { problem };
}

function problemOf(manifest: Record<keyof Manifest, unknown>): string | undefined {
  return packageProblem(manifest) ?? claimProblem(manifest) ?? contentProblem(manifest);
}

function packageProblem({
  name,
  version,
  spec,
  coreRange,
  entry,
}: Record<keyof Manifest, unknown>): string | undefined {
  if (!isText(name)) return 'its package.json has no name';
  if (!isText(version) || valid(version) === null) return 'its version is not a semantic version';
  if (!isText(spec)) return 'its manifest has no "spec"';
  if (!isText(coreRange) || validRange(coreRange) === null) {
    return 'it names no range of @esox/core in its peerDependencies';
  }
  return isText(entry) ? undefined : 'its "exports" lead to no entry that can be imported';
}

function claimProblem({ providers, generators }: Record<keyof Manifest, unknown>): string | undefined {
  if (!isNames(providers, /^[a-z][a-zA-Z0-9]{0,62}$/)) return 'its "providers" is not a list of provider ids';
  if (!isNames(generators, /^[A-Z][a-zA-Z0-9]{0,62}$/)) return 'its "generators" is not a list of kinds';
  if (providers.length + generators.length === 0) return 'its manifest names no provider and no generator';
  return undefined;
}

function contentProblem({ schema, stability }: Record<keyof Manifest, unknown>): string | undefined {
  if (!isRelative(schema)) return 'its "schema" is not a path that begins with "./"';
  if (STABILITIES.some((known) => known === stability)) return undefined;
  return `its "stability" is none of ${STABILITIES.join(', ')}`;
}

function entryOf(json: Fields, conditions: ReadonlySet<string>): string | undefined {
  if (json['exports'] === undefined) return isText(json['main']) ? json['main'] : './index.js';
  const exports = fields(json['exports']);
  const subpaths = exports !== undefined && Object.keys(exports).some((key) => key.startsWith('.'));
  return target(subpaths ? exports['.'] : json['exports'], conditions);
}

/** The first target whose conditions hold, in the order in which Node looks at them. */
function target(value: unknown, conditions: ReadonlySet<string>): string | undefined {
  if (typeof value === 'string') return isRelative(value) ? value : undefined;
  if (Array.isArray(value)) return firstTarget(value, conditions);
  const holding = Object.entries(fields(value) ?? {}).filter(([condition]) => conditions.has(condition));
  return firstTarget(
    holding.map(([, nested]) => nested),
    conditions,
  );
}

function firstTarget(values: readonly unknown[], conditions: ReadonlySet<string>): string | undefined {
  for (const value of values) {
    const found = target(value, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isRelative(value: unknown): value is string {
  return isText(value) && value.startsWith('./');
}

function isNames(value: unknown, pattern: RegExp): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && pattern.test(item));
}
