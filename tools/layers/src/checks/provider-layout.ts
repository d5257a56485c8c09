import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import type { Manifest } from '../workspace.ts';

const FILES = [
  'package.json',
  'tsconfig.json',
  'README.md',
  'src/index.ts',
  'src/config.ts',
  'src/client.ts',
  'generated/schema.json',
  'generated/example.yaml',
];
const CONFORMANCE = /\/src\/conformance(?:\.live)?\.test\.ts$/;

/** Every provider, and every example of one, has the same files, so that who knows one knows all. */
export function checkProviderLayout(repository: Repository): readonly Finding[] {
  const folders = new Set(
    repository.files.flatMap(
      (file) => /^(?:packages\/providers\/[^/]+|examples\/provider-[^/]+)(?=\/)/.exec(file) ?? [],
    ),
  );
  return [...folders].flatMap((folder) => checkFolder(folder, repository));
}

function checkFolder(folder: string, { files, read }: Repository): readonly Finding[] {
  const there = new Set(files);
  const found = (file: string, text: string): Finding => ({ file, line: 1, rule: 'provider-layout', text });
  const missing = FILES.map((file) => `${folder}/${file}`)
    .filter((file) => !there.has(file))
    .map((file) => found(file, 'is missing: every provider has it; copy the one of a neighbour'));
  if (!files.some((file) => file.startsWith(`${folder}/`) && CONFORMANCE.test(file))) {
    missing.push(found(`${folder}/src/conformance.test.ts`, 'is missing: run conformance() of the testkit in it'));
  }
  const manifestFile = `${folder}/package.json`;
  if (!there.has(manifestFile)) return missing;
  const { esox } = JSON.parse(read(manifestFile)) as Manifest;
  if (esox?.schema === './generated/schema.json') return missing;
  return [
    ...missing,
    found(manifestFile, 'has no "esox" manifest whose "schema" is "./generated/schema.json": add it'),
  ];
}
