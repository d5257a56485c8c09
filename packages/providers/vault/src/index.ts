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
