/**
 * The text with what is between `<!-- <name>:start -->` and `<!-- <name>:end -->` replaced.
 * @throws Error when the markers are not there; `file` is named in it.
 */
export function between(text: string, name: string, content: string, file: string): string {
  const start = `<!-- ${name}:start -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} needs the lines ${start} and ${end}: the table goes between them`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}
