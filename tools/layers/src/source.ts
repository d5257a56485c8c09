import { parseSync, Visitor } from 'oxc-parser';

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** What the checks need to know of one source file. */
export interface Source {
  /** Relative to the repository. */
  readonly file: string;
  /** Imports and re-exports, of types too; `import()`, `require()`. */
  readonly imports: readonly Import[];
  /** Lines that read the environment of the process. */
  readonly environment: readonly number[];
}

/** A syntax node, as far as it is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export function readSource(file: string, text: string): Source {
  const parsed = parseSync(file, text);
  const [error] = parsed.errors;
  if (error) throw new Error(`${file} cannot be parsed: ${error.message}`);
  const imports: Import[] = [];
  const environment: number[] = [];
  const lineAt = lines(text);
  const addImport = (from: unknown) => {
    const node = from as Node | null;
    if (typeof node?.['value'] === 'string') imports.push({ specifier: node['value'], line: lineAt(node.start) });
  };
  const addEnvironment = (node: { readonly start: number }, isRead: boolean) => {
    if (isRead) environment.push(lineAt(node.start));
  };
  new Visitor({
    ImportDeclaration(node) {
      addImport(node.source);
      for (const specifier of node.specifiers) addEnvironment(node, takesEnvironment(node.source.value, specifier));
    },
    ExportNamedDeclaration: (node) => addImport(node.source),
    ExportAllDeclaration: (node) => addImport(node.source),
    ImportExpression: (node) => addImport(node.source),
    TSImportType: (node) => addImport(node.source),
    CallExpression(node) {
      if (isRequire(node.callee)) addImport(node.arguments[0]);
    },
    MemberExpression: (node) => addEnvironment(node, isProcess(node.object) && nameOf(node.property) === 'env'),
    VariableDeclarator: (node) => addEnvironment(node, isProcess(node.init) && unpacksEnvironment(node.id)),
  }).visit(parsed.program);
  return { file, imports, environment };
}

/** `import { env } from 'node:process'`. */
function takesEnvironment(from: string, specifier: object): boolean {
  return /^(?:node:)?process$/.test(from) && 'imported' in specifier && nameOf(specifier.imported) === 'env';
}

/** `require('x')`, `require.resolve('x')`, `import.meta.resolve('x')`. */
function isRequire(callee: unknown): boolean {
  const node = callee as Node;
  if (node.type !== 'MemberExpression') return nameOf(node) === 'require';
  const object = node['object'] as Node;
  return nameOf(node['property']) === 'resolve' && (object.type === 'MetaProperty' || nameOf(object) === 'require');
}

/** `process`, `globalThis.process`. */
function isProcess(node: unknown): boolean {
  const { type, property } = (node ?? {}) as Node;
  return nameOf(type === 'MemberExpression' ? property : node) === 'process';
}

/** `const { env } = process`. */
function unpacksEnvironment(pattern: unknown): boolean {
  const { properties = [] } = pattern as { properties?: readonly { readonly key?: unknown }[] };
  return properties.some(({ key }) => nameOf(key) === 'env');
}

/** The name of an identifier, or the text of a literal. */
function nameOf(node: unknown): unknown {
  const { name, value } = (node ?? {}) as Node;
  return name ?? value;
}

/** The line, from 1, of an offset; for offsets in any order. */
function lines(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => {
    const after = ends.findIndex((end) => end >= offset);
    return (after === -1 ? ends.length : after) + 1;
  };
}
