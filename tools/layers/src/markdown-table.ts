export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of the table below a heading of the second order, without its head. */
export function readTable(text: string, heading: string): readonly Row[] {
  const lines = text.split('\n').map((content, index) => ({ content: content.trim(), line: index + 1 }));
  const start = lines.findIndex(({ content }) => content === `## ${heading}`);
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(({ content }) => content.startsWith('## '));
  return rest
    .slice(0, end === -1 ? rest.length : end)
    .filter(({ content }) => content.startsWith('|'))
    .slice(2)
    .map(({ content, line }) => ({
      line,
      cells: content
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    }));
}

/** What stands in backticks. */
export function quoted(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
