export { type EmbeddedCluster, type EmbeddedOptions, openEmbedded } from './embedded-cluster.ts';
export type { ManifestProblem } from './manifest-parser.ts';
export type { OutputFormat } from './secret-files.ts';
