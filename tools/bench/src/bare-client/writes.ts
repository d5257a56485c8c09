import { forEachAtOnce, type KubePool } from '../kube-pool.ts';
import { externalSecretsIn, secretsIn } from '../manifests.ts';
import { plannedObjects, propertyNames, type ObjectPlan, type PlannedObject } from '../planned-objects.ts';

export const connections = 32;

/** The two writes that each object needs for its first sync: its Secret and its status. */
export async function writeAll(pool: KubePool, plan: ObjectPlan): Promise<void> {
  const properties = propertyNames(plan);
  await forEachAtOnce(plannedObjects(plan), connections, async (object) => {
    await pool.send({ method: 'POST', path: secretsIn(object.namespace), body: secret(object, properties) });
    const path = `${externalSecretsIn(object.namespace)}/${object.name}/status`;
    await pool.send({ method: 'PATCH', path, body: { status: status() } });
  });
}

/** As large as an operator's, with values of the same length. */
function secret({ namespace, name }: PlannedObject, properties: readonly string[]): object {
  const value = Buffer.from('a'.repeat(32)).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace,
      name,
      labels: { 'reconcile.external-secrets.io/managed': 'true' },
      annotations: { 'reconcile.external-secrets.io/data-hash': 'a'.repeat(56) },
    },
    data: Object.fromEntries(properties.map((property) => [property, value])),
  };
}

function status(): object {
  const now = new Date().toISOString();
  return {
    refreshTime: now,
    syncedResourceVersion: `1-${'a'.repeat(56)}`,
    conditions: [{ type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'synced', lastTransitionTime: now }],
  };
}
