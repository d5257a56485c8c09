import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { ClusterError } from './errors.ts';

const canary = 'canary-7f3a';

function printed(value: unknown): string {
  const stream = new PassThrough();
  new Console(stream).error('failed', value);
  return String(stream.read());
}

it('never prints its cause, which may quote a value', () => {
  const error = new ClusterError('invalid', 'PUT secrets a/b: refused', { cause: new Error(canary) });
  const nested = new Error('The pass failed', { cause: error });
  const texts = [
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: null, showHidden: true }),
    printed(error),
  ];
  expect([...texts, inspect(nested), printed(nested)].filter((text) => text.includes(canary))).toEqual([]);
  expect(error.cause).toMatchObject({ message: canary });
});

it('prints what failed, its code, its status and where', () => {
  const error = new ClusterError('conflict', 'PUT secrets a/b: it has changed', { status: 409 });
  expect(printed(error)).toMatch(/^failed ClusterError: PUT secrets a\/b: it has changed\n {4}at .*errors\.test\.ts/);
  expect(printed(error)).toMatch(/\{ code: 'conflict', status: 409 \}\n$/);
});

it('prints no status where no server answered', () => {
  expect(printed(new ClusterError('unavailable', 'GET secrets: no answer'))).toMatch(/\{ code: 'unavailable' \}\n$/);
});
