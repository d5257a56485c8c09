import { createRequire } from 'node:module';
import type { Call, Host } from '@esox/core';
import { operatorsFolder } from '@esox/testbed/plugins';
import { expect, test } from 'vitest';
import { PluginCatalog } from './plugin-catalog.ts';

const core: { readonly version: string } = createRequire(import.meta.url)('@esox/core/package.json');

test('a plugin from outside, packed and installed by npm, is found and loaded', async () => {
  await using folder = await operatorsFolder();
  const catalog = await PluginCatalog.open({ pluginDirs: [folder.path], coreVersion: core.version });
  expect(catalog.list()).toMatchObject([
    { name: '@acme/esox-provider-ledger', version: '1.2.3', providers: ['ledger'], state: 'available' },
  ]);
  expect((await catalog.schemaOf('ledger')).schema).toMatchObject({ required: ['entries'] });
  const call: Call = { signal: new AbortController().signal };
  const { provider, pluginVersion } = await catalog.load('ledger', call.signal);
  expect(pluginVersion).toBe('1.2.3');
  const parsed = await provider.config['~standard'].validate({ entries: { greeting: 'good day' } });
  const host = { store: { name: 'test' } } as Host; // all that this plugin asks for
  await using client = await provider.connect('value' in parsed ? parsed.value : undefined, host, call);
  const [found, missing] = await client.read([{ key: 'greeting' }, { key: 'no' }], call);
  expect(found?.ok && String(found.value.content)).toBe('[sealed 8 bytes]');
  expect(missing?.ok === false && missing.error.code).toBe('not-found');
}, 120_000);
