import { spawn } from 'node:child_process';

/**
 * Ends with the pipe on its stdin, which the kernel closes whatever happens to the process that holds
 * the other end. The signals are those that a terminal sends to everything it started.
 */
const script = `trap '' HUP INT TERM; read -r line; kill -KILL "$1" 2>/dev/null; rm -rf -- "$2"`;

/**
 * Makes sure that a server does not outlive this process, even when this process is killed: a small
 * shell then kills the server and removes its folder. Call the function returned as soon as the server
 * has exited, because its process id may then go to another process.
 */
export function watchOver(pid: number, folder: string): () => void {
  const watch = spawn('/bin/sh', ['-c', script, 'esox-testbed-watch', String(pid), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.on('error', () => process.stderr.write(`testbed: process ${pid} may outlive its tests: no /bin/sh\n`));
  watch.stdin.on('error', () => undefined);
  watch.unref();
  // The typings hide that the pipe is a socket, which alone would keep this process alive.
  (watch.stdin as unknown as { unref(): void }).unref();
  return () => watch.kill('SIGKILL');
}
