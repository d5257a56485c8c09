import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServerProcess, type ServerCommand } from './server-process.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { waitUntil } from './wait-until.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder('process');
});

afterEach(() => removeTemporaryFolder(folder));

function nodeServer(script: string): ServerCommand {
  const ready = async (): Promise<boolean> => existsSync(join(folder, 'ready'));
  return { name: 'sample', binary: process.execPath, arguments: ['--eval', script], folder, ready, deadlineMs: 10_000 };
}

const writeReady = `require('node:fs').writeFileSync('ready', '');`;

/** A process that has exited may stay in the table until its parent looks; that one is gone too. */
async function isGone(pid: number): Promise<boolean> {
  const ps = spawn('ps', ['-o', 'stat=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] });
  let state = '';
  ps.stdout.setEncoding('utf8').on('data', (text: string) => {
    state += text;
  });
  await once(ps, 'close');
  return state.trim() === '' || state.startsWith('Z');
}

test('is ready before it resolves, and gone after its stop', async () => {
  const server = await startServerProcess(nodeServer(`${writeReady} setInterval(() => 0, 1000);`));
  expect(await isGone(server.pid)).toBe(false);
  await server.stop();
  expect(await isGone(server.pid)).toBe(true);
  await server.stop();
});

test('stops a server that does not listen to SIGTERM', async () => {
  const stubborn = `process.on('SIGTERM', () => 0); ${writeReady} setInterval(() => 0, 1000);`;
  const server = await startServerProcess(nodeServer(stubborn));
  await server.stop();
  expect(await isGone(server.pid)).toBe(true);
});

test('stops a server that is paused', async () => {
  const server = await startServerProcess(nodeServer(`${writeReady} setInterval(() => 0, 1000);`));
  server.pause();
  await server.stop();
  expect(await isGone(server.pid)).toBe(true);
});

test('shows the log of a server that exits at once', async () => {
  const starting = startServerProcess(nodeServer(`console.error('no such flag'); process.exit(3);`));
  await expect(starting).rejects.toThrow(/did not start[\s\S]*no such flag/);
});

test('ends a server that is not ready in time', async () => {
  const never = { ...nodeServer(`console.log(process.pid); setInterval(() => 0, 1000);`), deadlineMs: 1_000 };
  const error = await startServerProcess(never).catch((reason: unknown) => reason);
  const pid = Number(/\d+$/.exec((error as Error).message)?.[0]);
  expect(await isGone(pid)).toBe(true);
});

test('a missing binary is an error', async () => {
  await expect(startServerProcess({ ...nodeServer(''), binary: join(folder, 'absent') })).rejects.toThrow('ENOENT');
});

test('a server does not outlive a killed parent, nor does its folder', async () => {
  const parent = join(folder, 'parent.ts');
  const owned = await temporaryFolder('owned');
  await writeFile(
    parent,
    `import { startServerProcess } from ${JSON.stringify(join(import.meta.dirname, 'server-process.ts'))};
     const server = await startServerProcess({
       name: 'orphan', binary: process.execPath, arguments: ['--eval', 'setInterval(() => 0, 1000)'],
       folder: ${JSON.stringify(owned)}, ready: async () => true,
     });
     console.log(server.pid);
     setInterval(() => 0, 1000);`,
  );
  const child = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const pid = Number(line);
  expect(await isGone(pid)).toBe(false);
  child.kill('SIGKILL');
  const swept = async (): Promise<boolean> => (await isGone(pid)) && !existsSync(owned);
  await waitUntil(swept, { what: 'the server and its folder are gone', deadlineMs: 5_000 });
});

test('a started server does not keep its parent from ending', async () => {
  const parent = join(folder, 'parent.ts');
  await writeFile(
    parent,
    `import { startServerProcess } from ${JSON.stringify(join(import.meta.dirname, 'server-process.ts'))};
     await startServerProcess({
       name: 'orphan', binary: process.execPath, arguments: ['--eval', 'setInterval(() => 0, 1000)'],
       folder: ${JSON.stringify(folder)}, ready: async () => true,
     });`,
  );
  const child = spawn(process.execPath, [parent], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});
