import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GeneratedFile } from './provider-files.ts';

/** Those that are missing or read otherwise on disk. */
export async function outdated(files: readonly GeneratedFile[]): Promise<GeneratedFile[]> {
  const checked = await Promise.all(
    files.map(async (file) => ({ file, current: (await readIfPresent(file.path)) === file.text })),
  );
  return checked.filter(({ current }) => !current).map(({ file }) => file);
}

export async function writeFiles(files: readonly GeneratedFile[]): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
