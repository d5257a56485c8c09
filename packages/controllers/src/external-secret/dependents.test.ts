import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Dependents } from './dependents.ts';

it('tells the objects of a thing and the things of an object, as they are now', () => {
  const dependents = new Dependents();
  dependents.set('a', ['x', 'y']);
  dependents.set('b', ['y']);
  expect(dependents.of('y')).toEqual(['a', 'b']);
  expect(dependents.thingsOf('a')).toEqual(['x', 'y']);
  dependents.set('a', ['z']);
  expect([dependents.of('x'), dependents.of('y'), dependents.of('z')]).toEqual([[], ['b'], ['a']]);
  dependents.delete('a');
  expect([dependents.of('z'), dependents.thingsOf('a')]).toEqual([[], []]);
});

it('answers as a plain table of pairs does, whatever came before', () => {
  const object = fc.constantFrom('a', 'b', 'c');
  const things = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'));
  const step = fc.record({ object, things: fc.option(things, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const dependents = new Dependents();
      const table = new Map<string, readonly string[]>();
      for (const { object: key, things: wanted } of steps) {
        if (wanted) dependents.set(key, wanted);
        else dependents.delete(key);
        table.set(key, wanted ?? []);
      }
      for (const [key, wanted] of table) expect(dependents.thingsOf(key)).toEqual(wanted);
      for (const thing of ['x', 'y', 'z']) {
        const expected = [...table].filter(([, wanted]) => wanted.includes(thing)).map(([key]) => key);
        expect(dependents.of(thing).toSorted()).toEqual(expected.toSorted());
      }
    }),
  );
});
