import { defineProvider } from '@esox/core';
import { connect } from './client.ts';
import { config } from './config.ts';

export default defineProvider({
  spec: 'v1',
  id: 'kubernetes',
  config,
  capabilities: ['find', 'write', 'remove', 'exists'],
  documents: { property: ['key', 'field-path'], missingProperty: 'invalid-ref', map: 'encoded' },
  // A batch reads its Secrets side by side, so both numbers together bound the requests under way.
  limits: { batch: 10, concurrency: 8 },
  connect,
});
