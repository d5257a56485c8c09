import { dirname } from 'node:path';
import type { Finding } from '../finding.ts';
import { type Repository, stem } from '../repository.ts';

const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;
/** Pages that have their names from elsewhere. */
const PAGE = /^[A-Z]+(?:\.md)?$/;
const EMPTY_WORDS = new Set(['common', 'helper', 'helpers', 'types', 'util', 'utils']);

/** Files and folders are named in kebab-case, and after what is in them. */
export function checkNames({ files }: Repository): readonly Finding[] {
  const paths = new Set(files.flatMap((file) => [...folders(file), file]));
  return [...paths].flatMap((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (EMPTY_WORDS.has(stem(path))) return [found(path, `"${name}" says nothing: name it after what is in it`)];
    if (KEBAB_CASE.test(name) || PAGE.test(name)) return [];
    return [found(path, `"${name}" is not in kebab-case: rename it`)];
  });
}

function folders(file: string): readonly string[] {
  const parent = dirname(file);
  return parent === '.' ? [] : [...folders(parent), parent];
}

function found(file: string, text: string): Finding {
  return { file, line: 1, rule: 'name', text };
}
