import { expect, it } from 'vitest';
import { BASE, findings } from '../repository.fixture.ts';

it('packages that depend on each other', () => {
  const found = findings({ 'packages/base/package.json': { ...BASE, devDependencies: { '@esox/upper': '0.1.0' } } });
  expect(found.filter((line) => line.includes(' cycle: '))).toEqual([
    'packages/upper/package.json:10 cycle: @esox/base → @esox/upper → @esox/base: move what both sides need into a package below them',
  ]);
});

it('two that use the same package are no cycle', () => {
  const side = { name: '@esox/side', dependencies: { '@esox/base': '0.1.0' } };
  const found = findings({
    'packages/side/package.json': side,
    'packages/side/src/index.ts': "import '@esox/base';\n",
  });
  expect(found.filter((line) => line.includes(' cycle: '))).toEqual([]);
});
