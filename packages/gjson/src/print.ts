import { childrenOf } from './members.ts';
import { parseText, stringEnd } from './scan.ts';

/** The same without blanks between the parts. */
export function compact(source: string): string {
  let text = '';
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '"') {
      const end = stringEnd(source, at);
      const until = end < 0 ? source.length : end;
      text += source.slice(at, until);
      at = until - 1;
    } else if (character > ' ') text += character;
  }
  return text;
}

interface Layout {
  readonly indent: string;
  readonly prefix: string;
  readonly sortKeys: boolean;
  readonly width: number;
}

/** Indented, a line each; an option object may name `indent`, `prefix`, `sortKeys` and `width`. */
export function pretty(source: string, argument: string): string {
  const options = new Map(
    argument.startsWith('{') ? [...childrenOf(argument)].map(({ key, value }) => [key, value]) : [],
  );
  const layout = {
    indent: options.get('indent')?.text ?? '  ',
    prefix: options.get('prefix')?.text ?? '',
    sortKeys: options.get('sortKeys')?.type === 'true',
    width: Number(options.get('width')?.text ?? 80),
  };
  return `${layout.prefix}${print(source, layout, 0)}\n`;
}

function print(source: string, layout: Layout, depth: number): string {
  const value = parseText(source);
  if (value.type !== 'json') return value.raw;
  const isObject = value.raw.startsWith('{');
  const [open, close] = isObject ? ['{', '}'] : ['[', ']'];
  const children = [...childrenOf(value.raw)];
  if (children.length === 0) return open + close;
  const inLine = isObject ? undefined : oneLine(children, layout, depth);
  if (inLine !== undefined) return inLine;
  if (layout.sortKeys && isObject) children.sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
  const lines = children.map(({ key, value: child }) => {
    const name = key === undefined ? '' : `${JSON.stringify(key)}: `;
    return layout.prefix + layout.indent.repeat(depth + 1) + name + print(child.raw, layout, depth + 1);
  });
  return `${open}\n${lines.join(',\n')}\n${layout.prefix}${layout.indent.repeat(depth)}${close}`;
}

/** A list of scalars stays on one line where it fits. */
function oneLine(
  children: readonly { value: { type: string; raw: string } }[],
  layout: Layout,
  depth: number,
): string | undefined {
  if (children.some(({ value }) => value.type === 'json')) return undefined;
  const text = `[${children.map(({ value }) => value.raw).join(', ')}]`;
  return text.length + layout.indent.length * depth <= layout.width ? text : undefined;
}
