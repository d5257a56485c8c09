import { type Call, ProviderError } from '@esox/core';
import { isJsonObject, type JsonObject, type JsonValue } from '@esox/provider-kit';
import type { KubernetesApi } from './api.ts';
import { member } from './secret-object.ts';

/**
 * Whether the login may read Secrets of the namespace. The list of its rules comes first, as in ESO; an authorizer that
 * cannot list its rules (a webhook) is asked about this one right. Unknown where the login may not ask about itself.
 */
export async function reviewAccess(api: KubernetesApi, namespace: string, call: Call): Promise<'ready' | 'unknown'> {
  const rules = await review(api, { ...rulesReview, spec: { namespace } }, call);
  if (list(rules?.['resourceRules']).some(allowsGet)) return 'ready';
  const resourceAttributes = { namespace, verb: 'get', group: '', resource: 'secrets' };
  const access = await review(api, { ...accessReview, spec: { resourceAttributes } }, call);
  if (!access) return 'unknown';
  if (access['allowed'] === true) return 'ready';
  throw new ProviderError(
    'denied',
    `the login of this store is not allowed to get secrets in namespace ${JSON.stringify(namespace)}; grant it with a Role and a RoleBinding there`,
  );
}

interface Review {
  readonly resource: string;
  readonly kind: string;
  readonly spec: JsonObject;
}

const rulesReview = { resource: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' };
const accessReview = { resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' };

/** The status of a review, which is made by creating one; undefined where that is not allowed. */
async function review(
  api: KubernetesApi,
  { resource, kind, spec }: Review,
  call: Call,
): Promise<JsonObject | undefined> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
  const path = `/apis/authorization.k8s.io/v1/${resource}`;
  try {
    return member(await api.send({ method: 'POST', verb: 'create', resource, path, body }, call), 'status');
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'denied') return undefined;
    throw error;
  }
}

function allowsGet(rule: JsonValue): boolean {
  if (!isJsonObject(rule)) return false;
  const groups = list(rule['apiGroups']);
  const isCore = groups.length === 0 || groups.includes('') || groups.includes('*');
  const [verbs, resources] = [list(rule['verbs']), list(rule['resources'])];
  return (
    isCore &&
    ['get', '*'].some((verb) => verbs.includes(verb)) &&
    ['secrets', '*'].some((name) => resources.includes(name))
  );
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
