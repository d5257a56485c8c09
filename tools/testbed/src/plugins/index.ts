export { operatorsFolder, type OperatorsFolder } from './operators-folder.ts';
export { pluginCode, type PluginDescription, pluginFiles, type PluginFolder, pluginFolder } from './plugin-folder.ts';
export { thirdPartyPlugin } from './third-party-plugin.ts';
