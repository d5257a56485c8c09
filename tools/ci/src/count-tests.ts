import { readFileSync } from 'node:fs';
import { closingLine, type Report } from './closing-line.ts';

const [file = '', status = ''] = process.argv.slice(2);
const { line, failed } = closingLine(readReport(file), status === '0');
console.log(line);
process.exitCode = failed > 0 ? 1 : 0;

/** Undefined where the test run wrote none. */
function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}
