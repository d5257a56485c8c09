import { extname } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import { isData } from '../workspace.ts';

const SOURCES = new Set(['.ts', '.mts', '.js', '.mjs', '.cjs', '.go', '.sh']);
const MOST_LINES = 300;
const MOST_LINES_OF_AGENTS = 150;

/** Files of code, and the page that every agent reads, can be read in one go. */
export function checkSizes({ files, read }: Repository): readonly Finding[] {
  return files.flatMap((file) => {
    const most = limit(file);
    const lines = most === undefined ? 0 : read(file).trimEnd().split('\n').length;
    if (most === undefined || lines <= most) return [];
    return [{ file, line: most + 1, rule: 'size', text: `has ${lines} lines, at most ${most} are allowed: split it` }];
  });
}

function limit(file: string): number | undefined {
  if (file === 'AGENTS.md') return MOST_LINES_OF_AGENTS;
  return SOURCES.has(extname(file)) && !isData(file) ? MOST_LINES : undefined;
}
