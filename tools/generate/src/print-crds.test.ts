import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);
const script = join(import.meta.dirname, 'print-crds.ts');
const print = async (...options: string[]) =>
  (await run(process.execPath, ['--conditions=esox-source', script, ...options], { maxBuffer: 2 ** 24 })).stdout;

interface Printed {
  kind: string;
  metadata: { name: string };
  spec: { versions: { schema: { openAPIV3Schema: { properties: Record<string, unknown> } } }[] };
}
const names = (objects: Printed[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const DEFINITIONS = ['externalsecrets', 'secretstores', 'clustersecretstores'].map(
  (plural) => `CustomResourceDefinition ${plural}.external-secrets.io`,
);

describe('npm run crds', () => {
  test('prints YAML documents, and the same as JSON', async () => {
    const [yaml, json] = await Promise.all([print(), print('--output', 'json')]);
    const documents = parseAllDocuments(yaml).map((document) => document.toJS() as Printed);
    expect(names(documents)).toEqual(DEFINITIONS);
    expect(JSON.parse(json)).toEqual(documents);
    expect(yaml).not.toMatch(/^\s*[\w-]+: [&*]/m);
  });

  test('with policies, for some providers', async () => {
    const objects = JSON.parse(await print('--output', 'json', '--policies', '--providers', 'fake')) as Printed[];
    expect(names(objects)).toEqual([
      ...DEFINITIONS,
      'ValidatingAdmissionPolicy external-secret-rules.esox.io',
      'ValidatingAdmissionPolicyBinding external-secret-rules.esox.io',
      'ValidatingAdmissionPolicy secret-store-rules.esox.io',
      'ValidatingAdmissionPolicyBinding secret-store-rules.esox.io',
    ]);
    const spec = objects[1]?.spec.versions[0]?.schema.openAPIV3Schema.properties['spec'];
    expect(spec).toHaveProperty('properties.provider.properties.fake');
    expect(spec).not.toHaveProperty('properties.provider.properties.vault');
  });

  test('refuses what it does not know', async () => {
    await expect(print('--providers', 'fake,unheard')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^no provider is called unheard; there are .*fake.*\n$/),
    });
    await expect(print('--output', 'xml')).rejects.toMatchObject({
      code: 1,
      stderr: '--output must be yaml or json\n',
    });
  });
});
