/** The part of vitest's JSON report that is counted. */
export interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * `N passed, N failed`. Whatever did not pass has failed: a skipped test, a file that could not be loaded, a run that
 * ended badly for another reason.
 */
export function closingLine(report: Report | undefined, ended: boolean): { line: string; failed: number } {
  const files = report?.testResults ?? [];
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(isFailed),
  );
  const counted = tests.length - passed + broken.length;
  const failed = counted === 0 && (!ended || passed === 0) ? 1 : counted;
  return { line: `${passed} passed, ${failed} failed`, failed };
}

function isFailed({ status }: { readonly status: string }): boolean {
  return status !== 'passed';
}
