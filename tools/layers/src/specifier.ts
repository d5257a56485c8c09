import { isBuiltin } from 'node:module';

export interface PackageSpecifier {
  readonly name: string;
  /** `.` or `./…`. */
  readonly entry: string;
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.') || specifier.startsWith('/');
}

/** The package of a specifier; undefined where it is none: a path, or a part of Node. */
export function packageOf(specifier: string): PackageSpecifier | undefined {
  if (isRelative(specifier) || isBuiltin(specifier)) return undefined;
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return { name: parts.slice(0, length).join('/'), entry: ['.', ...parts.slice(length)].join('/') };
}
