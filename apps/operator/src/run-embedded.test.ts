import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@esox/testbed';
import { expect, it } from 'vitest';
import { externalSecret, fakeStore, type ManifestFolder, manifestFolder } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const start = (folder: ManifestFolder, ...args: string[]) =>
  OperatorProcess.start({ args: ['--embedded', folder.path, ...args] });

function outputOf(operator: OperatorProcess, text: string): Promise<unknown> {
  return waitUntil(() => operator.output.includes(text), { what: `the output "${text}"`, deadlineMs: 10_000 });
}

it('--once writes the Secrets, tells, and exits with 0 when all is in sync', async () => {
  await using folder = await manifestFolder();
  await folder.write('all.yaml', fakeStore('main', { password: 'p1' }), externalSecret('app', 'main', 'password'));
  await using operator = await start(folder, '--once');
  expect(await operator.exit()).toBe(0);
  expect(await folder.secret('app')).toContain(base64('p1'));
  expect(operator.output).toBe('1 of 1 ExternalSecret in sync, 1 of 1 store ready\n');
});

it('--once exits with 3 when something is not in sync, says what, and still serves the rest', async () => {
  await using folder = await manifestFolder();
  const objects = [externalSecret('app', 'main', 'password'), externalSecret('broken', 'main', 'absent')];
  await folder.write('all.yaml', fakeStore('main', { password: 'p1' }), ...objects);
  await using operator = await start(folder, '--once', '--output', 'json');
  expect(await operator.exit()).toBe(3);
  expect(await folder.secret('app')).toContain(base64('p1'));
  expect(JSON.parse(operator.output)).toMatchObject({
    inSync: false,
    externalSecrets: [
      { name: 'app', ready: 'True' },
      { name: 'broken', ready: 'False', message: expect.stringContaining('absent') },
    ],
  });
});

it('after a restart it knows the number of keys of a Secret that nothing was read for', async () => {
  await using folder = await manifestFolder();
  const objects = [
    fakeStore('main', { password: 'p1', user: 'u1' }),
    externalSecret('app', 'main', 'password', 'user'),
  ];
  await folder.write('all.yaml', ...objects);
  const run = async () => {
    await using operator = await start(folder, '--once', '--output', 'json');
    await operator.exit();
    return JSON.parse(operator.output) as { externalSecrets: { keys: number; lastSync: string }[] };
  };
  const first = await run();
  const second = await run();
  expect(second.externalSecrets).toMatchObject([{ keys: 2, lastSync: first.externalSecrets[0]?.lastSync }]);
});

it.each([
  [['--no-such-flag'], '--no-such-flag'],
  [['--concurrent', 'many'], '--concurrent'],
  [['--store-requeue-interval', '5'], '--store-requeue-interval'],
  [['--loglevel', 'loud'], '--loglevel'],
  [['--metrics-addr', 'nowhere'], 'nowhere'],
  [['surplus'], 'surplus'],
])('%j is told as a mistake, with exit code 2', async (args, named) => {
  await using operator = await OperatorProcess.start({ args });
  expect(await operator.exit()).toBe(2);
  expect(operator.output).toContain(named);
});

it('--help exits with 0 and names the flags and the exit codes', async () => {
  await using operator = await OperatorProcess.start({ args: ['--help'] });
  expect(await operator.exit()).toBe(0);
  for (const text of ['--controller-class', '--embedded', 'Exit codes']) expect(operator.output).toContain(text);
});

it('follows an edit, a new object and a deletion, and ends cleanly with Ctrl-C', async () => {
  await using folder = await manifestFolder();
  await folder.write('stores.yaml', fakeStore('main', { password: 'p1', user: 'u1' }));
  await folder.write('app.yaml', externalSecret('app', 'main', 'password'));
  await using operator = await start(folder);
  await outputOf(operator, 'ExternalSecret team-a/app: SecretSynced, 1 key');

  await folder.write('app.yaml', externalSecret('app', 'main', 'password', 'user'));
  await outputOf(operator, 'ExternalSecret team-a/app: SecretSynced, 2 keys');
  expect(await folder.secret('app')).toContain(base64('u1'));

  await folder.write('stores.yaml', fakeStore('main', { password: 'p2', user: 'u1' }));
  await waitUntil(async () => (await folder.secret('app'))?.includes(base64('p2')), {
    what: 'the new value',
    deadlineMs: 10_000,
  });

  await folder.write('more.yaml', externalSecret('more', 'main', 'user'));
  await outputOf(operator, 'ExternalSecret team-a/more: SecretSynced');
  await rm(join(folder.path, 'more.yaml'));
  await outputOf(operator, 'ExternalSecret team-a/more: deleted');

  expect(await operator.end('SIGINT')).toBe(0);
  expect(operator.output).not.toMatch(/error/i);
});

it('without any manifest it waits for one, and ends cleanly with SIGTERM', async () => {
  await using folder = await manifestFolder();
  await using operator = await start(folder);
  await operator.ready();
  await folder.write('all.yaml', fakeStore('main', { password: 'p1' }), externalSecret('app', 'main', 'password'));
  await outputOf(operator, 'ExternalSecret team-a/app: SecretSynced');
  expect(await operator.end('SIGTERM')).toBe(0);
});
