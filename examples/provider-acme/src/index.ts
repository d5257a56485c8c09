import { defineProvider } from '@esox/core';
import { connect } from './client.ts';
import { config } from './config.ts';

export default defineProvider({
  spec: 'v1',
  id: 'acme',
  config,
  capabilities: ['find'],
  documents: { property: ['key', 'path'], missingProperty: 'not-found', map: 'source' },
  connect: async (settings, host) => connect(settings, host),
});
