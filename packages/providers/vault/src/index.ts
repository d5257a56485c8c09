import { defineProvider } from '@esox/core';
import { connect } from './client.ts';
import { config } from './config.ts';

export default defineProvider({
  spec: 'v1',
  id: 'vault',
  config,
  capabilities: ['find', 'write', 'remove', 'exists'],
  documents: { property: ['key', 'path'], missingProperty: 'invalid-ref', map: 'decoded' },
  connect,
});

// For providers of servers that speak Vault's protocol.
export type { VaultConfig } from './config.ts';
export { listedNames } from './documents.ts';
export { openVault, type OpenVault } from './open-vault.ts';
export { folderPath } from './paths.ts';
export { secretReader } from './read.ts';
