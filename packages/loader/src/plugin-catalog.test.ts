import { type PluginDescription, pluginCode, pluginFiles, pluginFolder } from '@esox/testbed/plugins';
import { expect, test } from 'vitest';
import { PluginCatalog, type PluginStatus } from './plugin-catalog.ts';
import { PluginError } from './plugin-error.ts';

const coreVersion = '0.1.0';
const signal = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<PluginError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof PluginError)) throw new Error('expected a PluginError', { cause: error });
  return error;
}

const statusOf = (catalog: PluginCatalog, name: string): PluginStatus | undefined =>
  catalog.list().find((plugin) => plugin.name === name);

test('a plugin is imported on first use, once, however many ask', async () => {
  await using folder = await pluginFolder(pluginFiles('provider-good'));
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion });
  expect(catalog.providerIds()).toEqual(['good']);
  expect(statusOf(catalog, 'provider-good')).toMatchObject({
    version: '1.0.0',
    providers: ['good'],
    state: 'available',
  });
  expect(await catalog.schemaOf('good')).toEqual({ id: 'good', description: 'A test.', schema: { type: 'object' } });
  expect(await folder.read('provider-good/imported')).toBeUndefined();
  const loaded = await Promise.all(Array.from({ length: 5 }, () => catalog.load('good', signal)));
  expect(new Set(loaded.map(({ provider }) => provider)).size).toBe(1);
  expect(loaded[0]).toMatchObject({ pluginName: 'provider-good', pluginVersion: '1.0.0', provider: { id: 'good' } });
  expect(await folder.read('provider-good/imported')).toBe('x');
  expect(statusOf(catalog, 'provider-good')?.state).toBe('loaded');
});

test('a provider that nobody brings: the error says what to install', async () => {
  const catalog = await PluginCatalog.open({ coreVersion });
  expect([catalog.providerIds(), catalog.list()]).toEqual([[], []]);
  const error = await failure(catalog.load('onepasswordSDK', signal));
  expect(error.code).toBe('unknown-provider');
  expect(error.message).toContain('"onepasswordSDK"');
  expect(error.message).toContain('@esox/provider-onepasswordsdk');
  expect((await failure(catalog.schemaOf('toString'))).code).toBe('unknown-provider');
});

interface BadPlugin extends PluginDescription {
  readonly what: string;
  readonly code?: string;
  readonly is: 'refused' | 'load-failed';
  readonly saying: RegExp;
}

const refusedAtStart: readonly BadPlugin[] = [
  { what: 'speaks another contract', is: 'refused', saying: /contract v2.*speaks v1/, esox: { spec: 'v2' } },
  {
    what: 'needs another core',
    is: 'refused',
    saying: /needs @esox\/core \^9.0.0, and this is 0.1.0/,
    packageJson: { peerDependencies: { '@esox/core': '^9.0.0' } },
  },
  {
    what: 'has an entry outside its folder',
    is: 'refused',
    saying: /is not a file inside its folder/,
    packageJson: { exports: './../provider-good/index.js' },
  },
  {
    what: 'has a schema outside its folder',
    is: 'refused',
    saying: /schema .* is not a file inside its folder/,
    esox: { schema: './../provider-good/schema.json' },
  },
  { what: 'has no entry', is: 'refused', saying: /is not a file inside/, packageJson: { exports: './no.js' } },
  { what: 'names no core', is: 'refused', saying: /no range of @esox\/core/, packageJson: { peerDependencies: {} } },
];

const secret = 'canary-4711';
const refusedAtImport: readonly BadPlugin[] = [
  {
    what: 'throws when it is imported',
    is: 'load-failed',
    saying: /threw RangeError/,
    code: `throw new RangeError('${secret}');`,
  },
  { what: 'does not parse', is: 'load-failed', saying: /threw SyntaxError/, code: 'export default {' },
  { what: 'throws what is no error', is: 'load-failed', saying: /no error/, code: `throw '${secret}';` },
  { what: 'imports what is not there', is: 'load-failed', saying: /ERR_MODULE_NOT_FOUND/, code: `import '${secret}';` },
  { what: 'never ends its import', is: 'load-failed', saying: /within 0.5 s/, code: 'await new Promise(() => {});' },
  { what: 'is not a plugin', is: 'refused', saying: /is no plugin/, code: 'export default {};' },
  { what: 'exports nothing', is: 'refused', saying: /is no plugin/, code: 'export const plugin = 1;' },
  {
    what: 'brings other ids than it says',
    is: 'refused',
    saying: /not bring exactly the providers of its manifest: bad/,
    code: pluginCode('good'),
  },
  {
    what: 'brings more than it says',
    is: 'refused',
    saying: /exactly the providers/,
    code: pluginCode('bad', `plugin.providers.push({ ...provider, id: 'good' });`),
  },
  {
    what: 'speaks another contract in its code',
    is: 'refused',
    saying: /does not speak the contract v1/,
    code: pluginCode('bad', `provider.spec = 'v2';`),
  },
  {
    what: 'has an unknown capability',
    is: 'refused',
    saying: /unknown capability/,
    code: pluginCode('bad', `provider.capabilities = ['everything'];`),
  },
  { what: 'has no connect', is: 'refused', saying: /no connect/, code: pluginCode('bad', 'delete provider.connect;') },
  {
    what: 'throws when it is looked at',
    is: 'refused',
    saying: /threw TypeError/,
    code: pluginCode('bad', `Object.defineProperty(provider, 'id', { get() { throw new TypeError('${secret}'); } });`),
  },
];

test.each([...refusedAtStart, ...refusedAtImport])('a plugin that $what is refused, and harms nobody', async (bad) => {
  await using folder = await pluginFolder({
    ...pluginFiles('provider-good'),
    ...pluginFiles('provider-bad', { ...bad, id: 'bad' }),
  });
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion, importTimeoutMs: 500 });
  const error = await failure(catalog.load('bad', signal));
  expect(error.code).toBe(bad.is);
  expect(error.message).toMatch(bad.saying);
  expect(error.message).toContain('provider-bad 1.0.0');
  expect(error.message).not.toContain(secret);
  expect((await failure(catalog.load('bad', signal))).message).toBe(error.message);
  const status = statusOf(catalog, 'provider-bad');
  expect([status?.state, error.message.endsWith(status?.reason ?? 'none')]).toEqual(['refused', true]);
  expect((await catalog.load('good', signal)).provider.id).toBe('good');
  expect(catalog.providerIds()).toEqual(['good']);
});

test('two plugins that claim one id are both refused, before either is imported', async () => {
  await using folder = await pluginFolder({
    ...pluginFiles('provider-one', { id: 'same' }),
    ...pluginFiles('@scope/two', { id: 'same' }),
    ...pluginFiles('provider-good'),
  });
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion });
  const error = await failure(catalog.load('same', signal));
  expect(error.code).toBe('refused');
  expect(error.message).toMatch(/same is claimed by @scope\/two 1\.0\.0 in .* and provider-one 1\.0\.0 in .*keep one/);
  expect(catalog.list().map(({ name, state }) => [name, state])).toEqual([
    ['@scope/two', 'refused'],
    ['provider-good', 'available'],
    ['provider-one', 'refused'],
  ]);
  expect(await folder.read('provider-one/imported')).toBeUndefined();
});

test('a claimant that is refused for itself takes nothing from the other', async () => {
  await using folder = await pluginFolder({
    ...pluginFiles('provider-good'),
    ...pluginFiles('provider-old', { packageJson: { peerDependencies: { '@esox/core': '^0.0.1' } } }),
  });
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion });
  expect((await catalog.load('good', signal)).pluginName).toBe('provider-good');
});

test('an import that ends late is used after all', async () => {
  const code = pluginCode('slow', 'await new Promise((resolve) => (globalThis.letSlowPluginGo = resolve));');
  await using folder = await pluginFolder(pluginFiles('provider-slow', { id: 'slow', code }));
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion, importTimeoutMs: 300 });
  expect((await failure(catalog.load('slow', signal))).code).toBe('load-failed');
  expect(catalog.providerIds()).toEqual([]);
  (globalThis as unknown as { letSlowPluginGo(): void }).letSlowPluginGo(); // set by the plugin above
  await expect.poll(() => catalog.providerIds()).toEqual(['slow']);
  expect((await catalog.load('slow', signal)).provider.id).toBe('slow');
  expect(await folder.read('provider-slow/imported')).toBe('x');
});

test('an abort ends the wait, not the import', async () => {
  const code = pluginCode('slow', 'await new Promise((resolve) => (globalThis.letAbortedPluginGo = resolve));');
  await using folder = await pluginFolder(pluginFiles('provider-slow', { id: 'slow', code }));
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion });
  const controller = new AbortController();
  const loading = catalog.load('slow', controller.signal);
  const reason = new Error('stopped');
  await expect.poll(() => folder.read('provider-slow/imported')).toBe('x');
  controller.abort(reason);
  await expect(loading).rejects.toBe(reason);
  await expect(catalog.load('slow', controller.signal)).rejects.toBe(reason);
  (globalThis as unknown as { letAbortedPluginGo(): void }).letAbortedPluginGo(); // set by the plugin above
  expect((await catalog.load('slow', signal)).provider.id).toBe('slow');
});

test('a schema file that does not hold is refused with a reason', async () => {
  await using folder = await pluginFolder({
    ...pluginFiles('provider-good'),
    'provider-good/schema.json': `{"${secret}`,
  });
  const catalog = await PluginCatalog.open({ nodeModules: folder.path, coreVersion });
  const error = await failure(catalog.schemaOf('good'));
  expect(error.code).toBe('refused');
  expect(error.message).not.toContain(secret);
});
