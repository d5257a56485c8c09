import { check } from './check.ts';
import { lineOf } from './finding.ts';
import { LAYERS } from './layers.ts';

const findings = check(process.cwd(), LAYERS);
for (const finding of findings) console.error(lineOf(finding));
process.exitCode = findings.length > 0 ? 1 : 0;
