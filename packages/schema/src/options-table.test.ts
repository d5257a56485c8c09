import { expect, test } from 'vitest';
import { z } from 'zod';
import { optionsTable } from './options-table.ts';

test('a row for each field, with type, default and meaning', () => {
  const selector = z.object({ name: z.string() }).meta({ title: 'SecretKeySelector' });
  const schema = z.object({
    server: z.string().describe('URL of the server,\n  with its port.'),
    version: z.enum(['v1', 'v2']).default('v2').describe('v1 | v2.'),
    auth: z.object({ token: selector.optional().describe('Secret with a token.') }).optional(),
    items: z.array(z.object({ key: z.string() })).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    old: z.boolean().optional().describe('Use server.').meta({ deprecated: true }),
  });
  expect(optionsTable(schema).split('\n')).toEqual([
    '| Field | Type | Default | Meaning |',
    '|---|---|---|---|',
    '| `server` **(required)** | string |  | URL of the server, with its port. |',
    '| `version` | `v1`, `v2` | `"v2"` | v1 \\| v2. |',
    '| `auth` | object |  |  |',
    '| `auth.token` | SecretKeySelector |  | Secret with a token. |',
    '| `items` | list of object |  |  |',
    '| `items[].key` **(required)** | string |  |  |',
    '| `labels` | map of string |  |  |',
    '| `old` | boolean |  | Deprecated. Use server. |',
  ]);
});
