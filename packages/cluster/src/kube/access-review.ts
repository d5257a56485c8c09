import { ClusterError } from '../errors.ts';
import type { ReadOptions, ResourceType } from '../port.ts';
import type { ApiClient } from './api-client.ts';
import { type ApiRequest, describeRequest } from './api-request.ts';
import { isRecord, type JsonRecord } from './json.ts';

/** What the cluster says of the bearer of a token. */
export type AccessDecision = 'allowed' | 'denied' | 'unauthenticated';

const TOKEN_REVIEWS = review('authentication.k8s.io', 'TokenReview');
const ACCESS_REVIEWS = review('authorization.k8s.io', 'SubjectAccessReview');

/** Asks the cluster whose token it is, and whether they may get a path that is no resource, such as `/metrics`. */
export async function reviewAccess(
  client: ApiClient,
  token: string,
  path: string,
  options: ReadOptions,
): Promise<AccessDecision> {
  const identity = await ask(client, TOKEN_REVIEWS, { token }, options);
  if (identity['authenticated'] !== true || !isRecord(identity['user'])) return 'unauthenticated';
  const { username: user, uid, groups, extra } = identity['user'];
  const spec = { user, uid, groups, extra, nonResourceAttributes: { path, verb: 'get' } };
  const access = await ask(client, ACCESS_REVIEWS, spec, options);
  return access['allowed'] === true && access['denied'] !== true ? 'allowed' : 'denied';
}

async function ask(client: ApiClient, type: ResourceType, spec: object, options: ReadOptions): Promise<JsonRecord> {
  const body = { apiVersion: `${type.group}/${type.version}`, kind: type.kind, spec };
  const request: ApiRequest = { verb: 'create', type, body, signal: options.signal };
  const { status } = await client.call(request);
  if (isRecord(status)) return status;
  throw new ClusterError('unexpected', `${describeRequest(request)}: the answer has no status.`);
}

function review(group: string, kind: string): ResourceType {
  return { group, version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced: false };
}
