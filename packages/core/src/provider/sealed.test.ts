import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealed } from './sealed.ts';

const canary = 'canary-7f3a';

function printed(value: unknown): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const console = new Console({ stdout: stream, stderr: stream });
  console.log(value);
  console.error('%o %O %j %s', value, value, value, value);
  console.dir(value, { showHidden: true, depth: null });
  console.table([value]);
  return text;
}

describe('a sealed value', () => {
  const sealed = Sealed.text(canary);

  it.each([
    ['String()', String(sealed)],
    ['a template literal', `${sealed}`],
    ['concatenation', '' + (sealed as unknown as string)],
    ['JSON', JSON.stringify({ sealed, list: [sealed] })],
    ['inspect', inspect(sealed, { showHidden: true, depth: null })],
    ['inspect of a Map that holds it', inspect(new Map([['k', sealed]]), { showHidden: true, depth: null })],
    ['inspect of an error that carries it', inspect(Object.assign(new Error('x'), { sealed }))],
    ['format', format('%s %o %O %j', sealed, sealed, sealed, sealed)],
    ['the console', printed({ sealed, nested: { map: new Map([[1, sealed]]) } })],
    ['its own keys', JSON.stringify([Object.entries(sealed), Reflect.ownKeys(sealed).map(String)])],
    ['a structured clone', inspect(structuredClone({ ...sealed }))],
  ])('does not show in %s', (_name, text) => {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('hex'));
    expect(text).not.toContain([...Buffer.from(canary)].join(', '));
  });

  it('prints its size', () => {
    expect(String(sealed)).toBe('[sealed 11 bytes]');
    expect(inspect({ sealed })).toBe('{ sealed: [sealed 11 bytes] }');
    expect(JSON.stringify({ sealed })).toBe('{"sealed":"[sealed 11 bytes]"}');
  });

  it('gives back any bytes as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const copy = Sealed.of(new Uint8Array(bytes));
        expect(copy.open()).toEqual(bytes);
        expect(copy.size).toBe(bytes.length);
        expect(copy.equals(Sealed.of(bytes))).toBe(true);
      }),
    );
  });

  it('differs from a value with other bytes', () => {
    expect(Sealed.text('a').equals(Sealed.text('b'))).toBe(false);
    expect(Sealed.text('a').equals(Sealed.text('aa'))).toBe(false);
  });

  it('is overwritten by a wipe', () => {
    const bytes = Buffer.from(canary);
    Sealed.of(bytes).wipe();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('is known by its brand in another copy of the package', async () => {
    const copy: typeof import('./sealed.ts') = await import('./sealed.ts?copy' as string);
    expect(copy.Sealed).not.toBe(Sealed);
    const foreign = copy.Sealed.text('x');
    expect(foreign).not.toBeInstanceOf(Sealed);
    expect(Sealed.is(foreign)).toBe(true);
    expect([null, undefined, 'x', {}, new Uint8Array(), { open: () => {} }].some((value) => Sealed.is(value))).toBe(
      false,
    );
  });
});
