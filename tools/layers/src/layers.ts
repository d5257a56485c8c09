/** What the runtime files of a layer may import of ours, and what its tests may import besides. */
export interface Layer {
  readonly imports: readonly string[];
  readonly tests?: readonly string[];
}

/** A name is that of the folder, without `packages/`, and of the entry point: `core/engine` is `@esox/core/engine`. */
export type Layers = Readonly<Record<string, Layer>>;

/** The table of ARCHITECTURE.md, "Imports": an entry imports only what stands above it. */
export const LAYERS: Layers = {
  core: { imports: [] },
  gjson: { imports: [] },
  'tools/testbed': { imports: [] },
  'tools/testbed/plugins': { imports: [] },
  'core/duration': { imports: [] },
  'core/engine': { imports: ['core', 'core/duration', 'gjson'] },
  'core/host': { imports: ['core'] },
  'provider-kit': { imports: ['core'] },
  schema: { imports: [] },
  'schema/files': { imports: ['schema'] },
  api: { imports: ['core/duration', 'schema'], tests: ['tools/testbed'] },
  'api/crds': { imports: ['core/duration', 'api', 'schema'], tests: ['tools/testbed'] },
  loader: { imports: ['core'], tests: ['tools/testbed/plugins'] },
  'provider-testkit': { imports: ['core', 'core/host', 'loader'], tests: ['tools/testbed/plugins'] },
  'providers/*': { imports: ['core', 'provider-kit'], tests: ['provider-testkit', 'schema', 'tools/testbed'] },
  'providers/vault': { imports: ['core', 'provider-kit'], tests: ['provider-testkit', 'schema', 'tools/testbed'] },
  'providers/openbao': {
    imports: ['core', 'provider-kit', 'providers/vault'],
    tests: ['provider-testkit', 'schema', 'tools/testbed'],
  },
  cluster: { imports: ['api'], tests: ['tools/testbed'] },
  'cluster/kube': { imports: ['cluster', 'api'], tests: ['tools/testbed'] },
  'cluster/embedded': { imports: ['cluster', 'api'] },
  controllers: {
    imports: ['core', 'core/duration', 'core/engine', 'api', 'cluster'],
    tests: ['core/host', 'api/crds', 'cluster/kube', 'cluster/embedded', 'tools/testbed'],
  },
  'apps/operator': {
    imports: [
      'core',
      'core/duration',
      'core/engine',
      'core/host',
      'loader',
      'cluster',
      'cluster/kube',
      'cluster/embedded',
      'controllers',
    ],
    tests: ['api/crds', 'tools/testbed', 'tools/testbed/plugins'],
  },
  'tools/bench': { imports: ['tools/testbed'] },
  'tools/generate': { imports: ['schema', 'schema/files', 'api/crds'], tests: ['tools/testbed'] },
  'tools/*': { imports: [] },
};

/** The row of a layer: its own, or that of its folder (`providers/*`). */
export function rowOf(layer: string, layers: Layers): string | undefined {
  return [layer, layer.replace(/[^/]+$/, '*')].find((row) => Object.hasOwn(layers, row));
}

/** What one file of a layer may import of ours, besides the layer itself. */
export function allowedImports(layer: string, isTest: boolean, layers: Layers): readonly string[] {
  const row = rowOf(layer, layers);
  const { imports = [], tests = [] } = row === undefined ? {} : (layers[row] ?? {});
  return isTest ? [...imports, ...tests] : imports;
}

/** A file that only tests load: it is not published. */
export function isTestFile(file: string): boolean {
  return /\.(?:test|fixture)\.ts$/.test(file);
}
