/** What a check found. `text` says what is wrong and what to do. */
export interface Finding {
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly text: string;
}

export function lineOf(finding: Finding): string {
  return `${finding.file}:${finding.line} ${finding.rule}: ${finding.text}`;
}
