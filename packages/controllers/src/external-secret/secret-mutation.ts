import {
  DATA_HASH_ANNOTATION,
  EXTERNAL_SECRETS_API_VERSION,
  type ExternalSecret,
  GROUP,
  MANAGED_LABEL,
  MANAGED_LABEL_VALUE,
  OWNER_LABEL,
} from '@esox/api';
import type { OwnerReference } from '@esox/cluster';
import type { Sealed } from '@esox/core';
import { fieldManagerFor, ownerHash } from '@esox/core/engine';
import { fieldsOwnedBy, type OwnedFields } from './managed-fields.ts';
import { encodeData, hashOf, type Secret } from './secret-object.ts';
import { TargetError } from './target-error.ts';

/** Bytes of all values. */
const largestSecret = 1024 * 1024;

export function targetNameOf(object: ExternalSecret): string {
  return object.spec.target.name ?? object.metadata.name;
}

/** The Secret as it should be; `existing` is left as it is. Throws a TargetError where it must not be touched. */
export function desiredSecret(object: ExternalSecret, data: ReadonlyMap<string, Sealed>, existing?: Secret): Secret {
  const { immutable } = object.spec.target;
  const frozen = immutable === true && existing !== undefined;
  const owned = fieldsOwnedBy(fieldManagerFor(object.metadata.name), existing?.metadata.managedFields);
  const secret: Secret = {
    ...existing,
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...existing?.metadata,
      name: targetNameOf(object),
      ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
    },
  };
  if (immutable) secret.immutable = true;
  if (!frozen) {
    secret.data = { ...keptData(object, owned, existing), ...encodeData(data) };
    setMetadata(secret, object, owned);
  }
  setOwnership(secret, object);
  checkWritable(secret, existing);
  secret.metadata.annotations = { ...secret.metadata.annotations, [DATA_HASH_ANNOTATION]: hashOf(secret.data) };
  return secret;
}

/** What the API server would refuse without saying what to do. */
function checkWritable({ metadata, type, data = {} }: Secret, existing?: Secret): void {
  if (existing && type !== existing.type) {
    throw new TargetError(
      'type-change',
      `the Secret "${metadata.name}" has type "${existing.type}", which cannot be changed to "${type}"; delete it to have it made anew`,
    );
  }
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  if (size > largestSecret) {
    throw new TargetError(
      'too-large',
      `the Secret "${metadata.name}" would hold ${size} bytes, and Kubernetes takes ${largestSecret}; read less, or spread it over several ExternalSecrets`,
    );
  }
}

/** A template, empty or not, stands for the labels and annotations of the ExternalSecret. */
function setMetadata(secret: Secret, { spec, metadata }: ExternalSecret, owned: OwnedFields): void {
  const { template } = spec.target;
  const { labels, annotations } = template ? (template.metadata ?? {}) : metadata;
  secret.metadata.labels = { ...without(secret.metadata.labels, owned.labels), ...labels };
  secret.metadata.annotations = { ...without(secret.metadata.annotations, owned.annotations), ...annotations };
  if (template?.type) secret.type = template.type;
  if (template?.metadata?.finalizers) addFinalizers(secret, template.metadata.finalizers);
}

/** The API server takes no new finalizer on an object that is being deleted. */
function addFinalizers({ metadata }: Secret, finalizers: readonly string[]): void {
  if (metadata.deletionTimestamp) return;
  const all = new Set([...(metadata.finalizers ?? []), ...finalizers]);
  if (all.size > 0) metadata.finalizers = [...all];
}

/** Merge and CreateOrMerge keep the keys of others; all other policies own the whole of `data`. */
function keptData(object: ExternalSecret, owned: OwnedFields, existing?: Secret): Record<string, string> {
  const policy = object.spec.target.creationPolicy;
  if (policy !== 'Merge' && policy !== 'CreateOrMerge') return {};
  return without(existing?.data, owned.data);
}

function without(map: Readonly<Record<string, string>> = {}, keys: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.has(key)));
}

function setOwnership(secret: Secret, object: ExternalSecret): void {
  const { name, namespace = '', uid = '' } = object.metadata;
  const owners = secret.metadata.ownerReferences ?? [];
  const controller = owners.find((owner) => owner.controller);
  const others = owners.filter((owner) => !(isExternalSecret(owner) && owner.name === name));
  checkController(controller, object);
  const labels: Record<string, string> = { ...secret.metadata.labels, [MANAGED_LABEL]: MANAGED_LABEL_VALUE };
  if (object.spec.target.creationPolicy === 'Owner') {
    const reference: OwnerReference = {
      apiVersion: EXTERNAL_SECRETS_API_VERSION,
      kind: 'ExternalSecret',
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    secret.metadata.ownerReferences = [...others, reference];
    labels[OWNER_LABEL] = ownerHash(namespace, name);
  } else {
    if (others.length > 0) secret.metadata.ownerReferences = others;
    else delete secret.metadata.ownerReferences;
    delete labels[OWNER_LABEL];
  }
  secret.metadata.labels = labels;
}

function checkController(controller: OwnerReference | undefined, object: ExternalSecret): void {
  if (!controller) return;
  const target = targetNameOf(object);
  if (isExternalSecret(controller)) {
    if (controller.name === object.metadata.name) return;
    throw new TargetError(
      'owned-by-another',
      `the Secret "${target}" is owned by another ExternalSecret, "${controller.name}"; give this one another spec.target.name`,
    );
  }
  if (object.spec.target.creationPolicy !== 'Owner') return;
  throw new TargetError(
    'not-owner',
    `cannot become the owner of the Secret "${target}": ${controller.kind} "${controller.name}" controls it; use creationPolicy Merge, or another spec.target.name`,
  );
}

function isExternalSecret(owner: OwnerReference): boolean {
  return owner.kind === 'ExternalSecret' && owner.apiVersion.startsWith(`${GROUP}/`);
}
