import type { ObjectKey, ResourceType } from '../port.ts';
import type { RequestClass } from './pause-gate.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface ApiRequest {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly namespace?: string | undefined;
  /** Without it the collection is meant. */
  readonly name?: string | undefined;
  readonly subresource?: 'status' | 'token' | undefined;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  readonly contentType?: string;
  readonly view?: 'object' | 'metadata' | undefined;
  readonly signal: AbortSignal;
}

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const;

const METADATA_VIEW = ';g=meta.k8s.io;v=v1';

export function methodOf(request: ApiRequest): (typeof METHODS)[Verb] {
  return METHODS[request.verb];
}

export function classOf(request: ApiRequest): RequestClass {
  return methodOf(request) === 'GET' ? 'read' : 'write';
}

export function acceptOf({ verb, view }: ApiRequest): string {
  if (view !== 'metadata') return 'application/json';
  return `application/json;as=PartialObjectMetadata${verb === 'list' ? 'List' : ''}${METADATA_VIEW}`;
}

export function apiVersionOf({ group, version }: ResourceType): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Path and query. */
export function pathOf({ type, namespace, name, subresource, query }: ApiRequest): string {
  const segments = [type.group === '' ? '/api' : '/apis', apiVersionOf(type)];
  if (type.namespaced && namespace !== undefined) segments.push('namespaces', encodeURIComponent(namespace));
  segments.push(type.plural);
  if (name !== undefined) segments.push(encodeURIComponent(name));
  if (subresource !== undefined) segments.push(subresource);
  return segments.join('/') + queryOf(query);
}

function queryOf(query: ApiRequest['query'] = {}): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) pairs.push(`${name}=${encodeURIComponent(value)}`);
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** Such as `secrets` or `externalsecrets.external-secrets.io/status`. */
export function resourceName({ type, subresource }: Pick<ApiRequest, 'type' | 'subresource'>): string {
  const name = type.group === '' ? type.plural : `${type.plural}.${type.group}`;
  return subresource === undefined ? name : `${name}/${subresource}`;
}

/** For errors: verb, resource and object. */
export function describeRequest(request: ApiRequest): string {
  const { verb, namespace, name } = request;
  const place = name === undefined ? namespace : describeKey({ namespace, name });
  return [verb, resourceName(request), place].filter((word) => word !== undefined).join(' ');
}

function describeKey({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
