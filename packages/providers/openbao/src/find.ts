import { type Call, type FindQuery, type FoundSecret, ProviderError } from '@esox/core';
import { matchName } from '@esox/provider-kit';
import { folderPath, listedNames, type OpenVault, type VaultConfig } from '@esox/provider-vault';
import { inVault } from './vault-config.ts';

/** The secrets of one folder, without those of its folders. A folder that does not exist has none. */
export async function* find(
  { name, tags, path = '' }: FindQuery,
  vault: OpenVault['vault'],
  config: VaultConfig,
  call: Call,
): AsyncIterable<FoundSecret> {
  if (tags !== undefined) {
    throw new ProviderError(
      'not-supported',
      'find.tags: tag based search is not implemented for OpenBao; find by name',
    );
  }
  const matches = name === undefined ? () => true : matchName(name);
  const folder = path.split('/').filter((segment) => segment !== '');
  for (const listed of await list(folder, vault, config, call)) {
    if (listed.endsWith('/') || !matches(listed)) continue;
    const key = [...folder, listed].join('/');
    yield { key, ref: { key } };
  }
}

async function list(
  folder: readonly string[],
  vault: OpenVault['vault'],
  config: VaultConfig,
  call: Call,
): Promise<readonly string[]> {
  const at = folderPath(inVault(folder.join('/'), config), config);
  try {
    return listedNames(await vault.list(at, call), at);
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'not-found') return [];
    throw error;
  }
}
