import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ClusterError } from '../errors.ts';

const temporary = /^\.[0-9a-f]{16}\.tmp$/;

/** Whether a write that was cut off left this file behind. */
export function isTemporary(name: string): boolean {
  return temporary.test(name);
}

/**
 * Writes a file that only its owner may read, whole or not at all. The folder must be there. A symlink at `path` is
 * replaced, never followed.
 */
export function writeAtomically(path: string, text: string): void {
  const draft = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw cannot('write', path, error);
  }
}

/** Makes a folder that only its owner may enter. Refuses a symlink, which could lead anywhere. */
export function ensurePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!lstatSync(path).isDirectory()) {
      throw new ClusterError(
        'unavailable',
        `"${path}" is a symlink; Secrets are written to real folders only, remove it`,
      );
    }
    chmodSync(path, 0o700);
  } catch (error) {
    throw ClusterError.is(error) ? error : cannot('make the folder', path, error);
  }
}

export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw cannot('remove', path, error);
  }
}

export function cannot(verb: string, path: string, error: unknown): ClusterError {
  return new ClusterError('unavailable', `cannot ${verb} "${path}": ${systemCode(error)}`, { cause: error });
}

/** `ENOSPC` and the like; the text of a system error is not passed on. */
export function systemCode(error: unknown): string {
  const isSystemError = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return isSystemError ? String(error.code) : 'unexpected failure';
}
