import type { KubeClient, KubeObject } from './kube-client.ts';
import { waitUntil } from './wait-until.ts';

interface Definition extends KubeObject {
  spec?: { group?: string; names?: { plural?: string }; versions?: { name: string; served: boolean }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/**
 * Installs a CustomResourceDefinition, or updates it, and waits until every version of it is served.
 * Test files may install the same one side by side.
 */
export async function installCustomResourceDefinition(client: KubeClient, definition: object): Promise<void> {
  const { metadata, spec } = definition as Definition;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata?.name}`;
  await client.call({
    method: 'PATCH',
    path: `${path}?fieldManager=testbed&force=true`,
    contentType: 'application/apply-patch+yaml',
    body: definition,
  });
  await waitUntil(async () => isEstablished(await client.call<Definition>({ path })), {
    what: `${metadata?.name} is established`,
    deadlineMs: 20_000,
  });
  // Established comes a moment before the paths do.
  for (const version of spec?.versions?.filter(({ served }) => served) ?? []) {
    const collection = `/apis/${spec?.group}/${version.name}/${spec?.names?.plural}?limit=1`;
    const isServed = async (): Promise<boolean> => (await client.request({ path: collection })).status === 200;
    await waitUntil(isServed, { what: `${collection} is served`, deadlineMs: 20_000 });
  }
}

function isEstablished({ status }: Definition): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true;
}
