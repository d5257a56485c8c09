interface DescribedError {
  readonly name: string;
  readonly code?: string;
  /** Places in the code. */
  readonly stack?: readonly string[];
}

/** What may be shown of an error: its text, its cause and its fields may quote a value. */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && isWord(error.code) ? { code: error.code } : {};
  return { name: isWord(error.name) ? error.name : 'Error', ...code, stack: placesOf(error) };
}

/** The value with every error in it described, so that none is printed. */
export function withoutErrors(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return '[…]';
  if (Array.isArray(value)) return value.map((item) => withoutErrors(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  // What is no plain object, such as a Date or a Sealed, says itself how it is printed.
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutErrors(item, depth + 1)]));
}

const deepest = 5;

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\w{1,64}$/.test(value);
}

/** The text stands before the places and may look like one. */
function placesOf({ stack = '', message }: Error): string[] {
  const end = message === '' ? -1 : stack.indexOf(message);
  const places = end < 0 ? stack : stack.slice(end + message.length);
  return places
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}
