import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PluginCatalog } from '@esox/loader';
import type { OperatorLog } from '../log/log.ts';
import type { Settings } from '../settings/settings.ts';

const require = createRequire(import.meta.url);

/** The `node_modules` folder that this operator was installed into. */
function ownNodeModules(): string | undefined {
  const folders = require.resolve.paths('@esox/core') ?? [];
  return folders.find((folder) => existsSync(join(folder, '@esox', 'core')));
}

function coreVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(require.resolve('@esox/core/package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}

/** Looks for plugins; those that are refused are logged with the reason, and harm nobody. */
export async function openCatalog({ flags }: Settings, logger: OperatorLog): Promise<PluginCatalog> {
  const catalog = await PluginCatalog.open({
    nodeModules: ownNodeModules(),
    pluginDirs: flags.pluginDir,
    coreVersion: coreVersion(),
    lockFile: flags.pluginLock,
  });
  for (const { name, version, state, reason } of catalog.list()) {
    if (state === 'refused') logger.warn({ plugin: name, version, reason }, 'plugin refused');
  }
  logger.info({ providers: catalog.providerIds() }, 'plugins found');
  return catalog;
}
