import { expect, it } from 'vitest';
import { type Files, findings } from '../repository.fixture.ts';

const folder = 'examples/provider-new';
const provider: Files = {
  [`${folder}/package.json`]: { name: 'new', esox: { schema: './generated/schema.json' } },
  [`${folder}/tsconfig.json`]: {},
  [`${folder}/README.md`]: '',
  [`${folder}/src/index.ts`]: '',
  [`${folder}/src/config.ts`]: '',
  [`${folder}/src/client.ts`]: '',
  [`${folder}/src/conformance.live.test.ts`]: '',
  [`${folder}/generated/schema.json`]: {},
  [`${folder}/generated/example.yaml`]: '',
};
const copy = 'is missing: every provider has it; copy the one of a neighbour';

it('a provider that has all files', () => {
  expect(findings(provider)).toEqual([]);
});

it.each(Object.keys(provider).filter((file) => !file.endsWith('.test.ts')))('a provider without %s', (file) => {
  expect(findings({ ...provider, [file]: undefined })).toEqual([`${file}:1 provider-layout: ${copy}`]);
});

it('a provider without a conformance test', () => {
  expect(findings({ ...provider, [`${folder}/src/conformance.live.test.ts`]: undefined })).toEqual([
    `${folder}/src/conformance.test.ts:1 provider-layout: is missing: run conformance() of the testkit in it`,
  ]);
});

it('a provider without a manifest', () => {
  expect(findings({ ...provider, [`${folder}/package.json`]: { name: 'new' } })).toEqual([
    `${folder}/package.json:1 provider-layout: has no "esox" manifest whose "schema" is "./generated/schema.json": add it`,
  ]);
});

it('providers of this repository, too', () => {
  const found = findings({ 'packages/providers/new/README.md': '' });
  expect(found).toContain(`packages/providers/new/src/index.ts:1 provider-layout: ${copy}`);
});
