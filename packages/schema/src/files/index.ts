export { outdated, writeFiles } from './files-on-disk.ts';
export {
  type GeneratedFile,
  providerFiles,
  type ProviderPackage,
  providerPackage,
  type ProviderSchema,
} from './provider-files.ts';
