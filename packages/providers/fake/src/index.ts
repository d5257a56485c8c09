import { defineProvider } from '@esox/core';
import { fakeClient } from './client.ts';
import { config } from './config.ts';
import { writtenTo } from './memory.ts';

export default defineProvider({
  spec: 'v1',
  id: 'fake',
  config,
  capabilities: ['find', 'write', 'remove', 'exists'],
  documents: { property: ['path'], missingProperty: 'not-found', map: 'source' },
  limits: { batch: 1000 },
  maintenance: 'not-maintained',
  connect: async (settings, host) => fakeClient(settings, host, writtenTo(host.store)),
});
