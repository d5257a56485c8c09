/** Value of each series in the text format of Prometheus, without comments. */
export function seriesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [withSortedLabels(line.slice(0, at)), Number(line.slice(at + 1))];
    }),
  );
}

function withSortedLabels(series: string): string {
  const [, name = series, labels] = /^([^{]+)\{(.*)\}$/.exec(series) ?? [];
  if (labels === undefined) return name;
  return `${name}{${[...labels.matchAll(/\w+="[^"]*"/g)]
    .map(([label]) => label)
    .toSorted()
    .join(',')}}`;
}
