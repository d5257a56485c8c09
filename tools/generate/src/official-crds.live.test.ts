import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crds, policies } from '@esox/api/crds';
import { type ApiServer, installCustomResourceDefinition, startKubeApiServer, testbed } from '@esox/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { providerPackages } from './provider-packages.ts';

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: object;
}

const packages = await providerPackages(join(import.meta.dirname, '../../..'));
const manifests = ['external-secrets.yaml', 'stores.yaml'].flatMap((file) =>
  parseAllDocuments(readFileSync(new URL(`../fixtures/manifests/${file}`, import.meta.url), 'utf8')).map(
    (document) => document.toJS() as Manifest,
  ),
);

// The definitions hold for a whole cluster, and other tests install others.
let api: ApiServer;
let namespace: string;
beforeAll(async () => {
  api = await startKubeApiServer({ etcdUrl: testbed().etcd.url, etcdPrefix: '/official' });
  namespace = await api.createNamespace({ prefix: 'official' });
  for (const definition of crds(packages.map(({ schema }) => schema))) {
    await installCustomResourceDefinition(api.client, definition);
  }
  for (const policy of policies()) {
    const plural =
      policy.kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
    await api.client.call({ method: 'POST', path: `/apis/admissionregistration.k8s.io/v1/${plural}`, body: policy });
  }
});
afterAll(() => api.close());

/** Creates it, refusing unknown fields, and answers the spec as it was stored. */
async function create({ kind, metadata, spec }: Manifest, where = namespace): Promise<object> {
  const scope = kind === 'ClusterSecretStore' ? '' : `/namespaces/${where}`;
  const { spec: stored } = await api.client.call<Manifest>({
    method: 'POST',
    path: `/apis/external-secrets.io/v1${scope}/${kind.toLowerCase()}s?fieldValidation=Strict`,
    body: { apiVersion: 'external-secrets.io/v1', kind, metadata, spec },
  });
  return stored;
}

test.each(manifests)('$kind $metadata.name applies, and keeps every field', async (manifest) => {
  expect(await create(manifest)).toMatchObject(manifest.spec);
});

test.each(packages)('the example of $id applies', async ({ folder }) => {
  const example = parse(readFileSync(join(folder, 'generated/example.yaml'), 'utf8')) as Manifest;
  // The manifests have stores of these names, too.
  const own = await api.createNamespace({ prefix: 'example' });
  expect(await create(example, own)).toMatchObject(example.spec);
});
