import { waitUntil } from '@esox/testbed';
import { pluginCode, pluginFiles, pluginFolder } from '@esox/testbed/plugins';
import { expect, it } from 'vitest';
import { manifestFolder, store } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';

const canary = 'CANARY-5tray';
const error = `Object.assign(new Error('${canary}', { cause: new Error('${canary}') }), { body: '${canary}' })`;

/** An operator that has connected to a store whose plugin does `code` besides. */
async function connected(code: string, close = '') {
  const client = `{ check: async () => 'ready', [Symbol.asyncDispose]: async () => { ${close} } }`;
  const connect = `provider.connect = async () => { ${code}; return ${client}; };`;
  const plugins = await pluginFolder(
    pluginFiles('esox-provider-stray', { id: 'stray', code: pluginCode('stray', connect) }),
  );
  const folder = await manifestFolder();
  await folder.write('store.yaml', store('main', { stray: {} }));
  const args = ['--embedded', folder.path, '--plugin-dir', plugins.path, '--loglevel', 'debug'];
  const operator = await OperatorProcess.start({ args });
  const stack = new AsyncDisposableStack();
  for (const resource of [plugins, folder, operator]) stack.use(resource);
  return { operator, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

it('a rejection that a plugin forgot is counted and logged without its text, and ends nothing', async () => {
  await using run = await connected(`void Promise.reject(${error})`);
  const { operator } = run;
  await waitUntil(() => operator.output.includes('SecretStore team-a/main: Valid'), {
    what: 'the store to be valid',
    deadlineMs: 10_000,
  });
  const metrics = await operator.get(operator.metricsPort, '/metrics');
  expect(metrics.text).toContain('esox_unexpected_errors_total{controller="process"} 1');
  expect(operator.output).toContain('unexpected error');
  expect(operator.output).not.toContain(canary);
  expect(await operator.end('SIGTERM')).toBe(0);
});

it('an error that a plugin throws out of nowhere ends the operator with 1, without its text', async () => {
  await using run = await connected(`setTimeout(() => { throw ${error}; })`);
  expect(await run.operator.exit()).toBe(1);
  expect(run.operator.output).toContain('unexpected error');
  expect(run.operator.output).not.toContain(canary);
});

it('a plugin that holds the event loop makes the operator not live: a probe gets no answer', async () => {
  await using run = await connected('setTimeout(() => { for (;;); }, 300)');
  const { operator } = run;
  await operator.ready();
  const probe = async () => {
    const url = `http://127.0.0.1:${operator.livePort}/healthz`;
    // The timeout of a kubelet's probe.
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch((error: Error) => error.name);
    return typeof answer === 'string' ? answer : answer.status;
  };
  expect(await probe()).toBe(200);
  await waitUntil(async () => (await probe()) === 'TimeoutError', { what: 'no answer', deadlineMs: 10_000 });
});

it('a plugin that never ends to close is left behind', async () => {
  await using run = await connected('', 'setInterval(() => {}, 1000); await new Promise(() => {});');
  const { operator } = run;
  await waitUntil(() => operator.output.includes('SecretStore team-a/main: Valid'), {
    what: 'the store to be valid',
    deadlineMs: 10_000,
  });
  expect(await operator.end('SIGTERM')).toBe(0);
  expect(operator.output).toContain('left behind');
});
