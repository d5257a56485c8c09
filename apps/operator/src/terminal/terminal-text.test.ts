import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pad, printable, truncate, truncateStart, widthOf, wrap } from './terminal-text.ts';

it('takes out what could move the cursor or hide text', () => {
  expect(printable('a\u001b[2Jb\nc\td\u202Ee\u2028f\u0000')).toBe('a [2Jb c d e f');
});

it('counts cells, not characters', () => {
  expect(widthOf('naïve')).toBe(5);
  expect(widthOf('nai\u0308ve')).toBe(5);
  expect(widthOf('秘密')).toBe(4);
  expect(widthOf('🔑')).toBe(2);
});

it('cuts and pads to cells', () => {
  expect(truncate('database', 8)).toBe('database');
  expect(truncate('database', 5)).toBe('data…');
  expect(truncate('秘密の鍵', 5)).toBe('秘密…');
  expect(truncate('秘密の鍵', 4)).toBe('秘…');
  expect(truncate('a', 0)).toBe('');
  expect(truncateStart('output/team-a/db.yaml', 12)).toBe('…m-a/db.yaml');
  expect(truncateStart('鍵.yaml', 7)).toBe('鍵.yaml');
  expect(truncateStart('秘鍵.yaml', 7)).toBe('….yaml');
  expect(pad('7', 4, 'right')).toBe('   7');
  expect(pad('秘密', 5)).toBe('秘密 ');
});

it('breaks between words where it can', () => {
  expect(wrap('one two three', 7, 3)).toEqual(['one two', 'three']);
  expect(wrap('one two three', 8, 3)).toEqual(['one two', 'three']);
  expect(wrap('unbreakable', 4, 5)).toEqual(['unbr', 'eaka', 'ble']);
  expect(wrap('one two three four', 5, 2)).toEqual(['one', 'two…']);
  expect(wrap('  ', 5, 2)).toEqual([]);
});

it('never makes a line that is too wide, and loses nothing before the last line', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '秘', '🔑', 'e\u0301') });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 4 }), (input, width, count) => {
      const lines = wrap(input, width, count);
      expect(lines.length).toBeLessThanOrEqual(count);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      const kept = lines.join('').replaceAll(' ', '');
      const whole = input.replaceAll(' ', '');
      expect(kept === whole || (kept.endsWith('…') && whole.startsWith(kept.slice(0, -1)))).toBe(true);
    }),
  );
});
