export const modifierNames = [
  'dig',
  'flatten',
  'fromstr',
  'group',
  'join',
  'keys',
  'pretty',
  'reverse',
  'this',
  'tostr',
  'ugly',
  'valid',
  'values',
] as const;
export type ModifierName = (typeof modifierNames)[number];

export interface ModifierCall {
  readonly name: ModifierName;
  readonly argument: string;
  /** The path behind it. */
  readonly behind: string;
}

/** Whether the path begins with a modifier that exists; another `@name` is an ordinary key. */
export function isModifier(path: string): boolean {
  return readModifierName(path) !== undefined;
}

export function readModifierName(path: string): ModifierName | undefined {
  const name = /^@([a-z]+)(?=[:.|]|$)/.exec(path)?.[1];
  return modifierNames.find((known) => known === name);
}
