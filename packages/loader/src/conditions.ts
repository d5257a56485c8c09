/** The conditions of `exports` under which this process imports: Node's own, and those of `--conditions`. */
export function importConditions(execArgv: readonly string[] = process.execArgv): ReadonlySet<string> {
  const conditions = new Set(['node', 'import', 'module-sync', 'default']);
  execArgv.forEach((argument, index) => {
    const value = /^(?:--conditions|-C)=(.+)$/.exec(argument)?.[1];
    if (value !== undefined) conditions.add(value);
    const next = execArgv[index + 1];
    if ((argument === '--conditions' || argument === '-C') && next !== undefined) conditions.add(next);
  });
  return conditions;
}
