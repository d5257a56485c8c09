import { defineProvider } from '@esox/core';
import { connect } from './client.ts';
import { config } from './config.ts';

export default defineProvider({
  spec: 'v1',
  id: 'openBao',
  config,
  capabilities: ['find'],
  documents: { property: ['key'], missingProperty: 'invalid-ref', map: 'decoded' },
  connect,
});
