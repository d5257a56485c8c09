export { admit, type Admission, type AdmissionRules, type AdmittedPlugin, type RefusedPlugin } from './admit.ts';
export { importConditions } from './conditions.ts';
export { discover, type Candidate, type PluginRoots } from './discover.ts';
export { type LockedPlugin, packageIntegrity, type PluginLock, readLock } from './integrity.ts';
export { type Manifest, type ParsedManifest, parseManifest } from './manifest.ts';
export {
  type LoadedProvider,
  PluginCatalog,
  type PluginCatalogOptions,
  type PluginStatus,
  type ProviderSchemaFile,
} from './plugin-catalog.ts';
export type { PluginState } from './plugin-entry.ts';
export { PluginError, type PluginErrorCode } from './plugin-error.ts';
