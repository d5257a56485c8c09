import { expect, test } from 'vitest';
import { between } from './marked-section.ts';

test('replaces what is between the markers, again and again', () => {
  const readme = '# A\n<!-- options:start -->\nold\n<!-- options:end -->\nend\n';
  const once = between(readme, 'options', 'new', 'README.md');
  expect(once).toBe('# A\n<!-- options:start -->\nnew\n<!-- options:end -->\nend\n');
  expect(between(once, 'options', 'new', 'README.md')).toBe(once);
});

test('says where the markers are missing', () => {
  expect(() => between('# A\n<!-- options:end -->', 'options', 'new', 'a/README.md')).toThrow(/^a\/README\.md needs/);
});
