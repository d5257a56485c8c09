import { type Call, ProviderError } from '@esox/core';
import { isJsonObject, type JsonObject } from '@esox/provider-kit';
import type { KubernetesApi } from './api.ts';
import { member, type SecretObject } from './secret-object.ts';

/** Where a Secret is. */
export interface SecretKey {
  readonly namespace: string;
  readonly name: string;
}

export interface SecretPage {
  readonly secrets: readonly SecretObject[];
  /** Continues the listing; undefined at its end. */
  readonly next: string | undefined;
}

/** Secrets of the API server. All reject with ProviderError. */
export interface Secrets {
  /** Rejects with `not-found` only where the Secret is known not to exist. */
  get(key: SecretKey, call: Call): Promise<SecretObject>;
  list(selection: Selection, call: Call): Promise<SecretPage>;
  create(key: SecretKey, secret: SecretObject, call: Call): Promise<void>;
  /** Rejects with `conflict` where the Secret is no longer of the version that `secret` names. */
  replace(key: SecretKey, secret: SecretObject, call: Call): Promise<void>;
  /** With `seen`, rejects with `conflict` where the Secret is no longer the one that was seen. */
  delete(key: SecretKey, seen: SecretObject | undefined, call: Call): Promise<void>;
}

export interface Selection {
  readonly namespace: string;
  /** Empty for all. */
  readonly labelSelector: string;
  readonly next: string | undefined;
}

/** Secrets in one answer of a listing. A Secret has up to 1 MiB, and an answer must fit into `maxBodyBytes`. */
const pageSize = 50;
export const maxBodyBytes = 96 * 1024 * 1024;

const resource = 'secrets';

export function secretsOf(api: KubernetesApi): Secrets {
  return {
    get: (key, call) => api.send({ method: 'GET', verb: 'get', resource, ...key, path: pathOf(key) }, call),
    async list({ namespace, labelSelector, next }, call) {
      const query = new URLSearchParams({
        limit: String(pageSize),
        ...(labelSelector && { labelSelector }),
        ...(next && { continue: next }),
      });
      const path = `${collection(namespace)}?${query.toString()}`;
      return pageOf(await api.send({ method: 'GET', verb: 'list', resource, namespace, path }, call));
    },
    async create(key, body, call) {
      await api.send({ method: 'POST', verb: 'create', resource, ...key, path: collection(key.namespace), body }, call);
    },
    async replace(key, body, call) {
      await api.send({ method: 'PUT', verb: 'update', resource, ...key, path: pathOf(key), body }, call);
    },
    async delete(key, seen, call) {
      const request = { method: 'DELETE', verb: 'delete', resource, ...key, path: pathOf(key) } as const;
      await api.send({ ...request, ...(seen && { body: { preconditions: preconditions(seen) } }) }, call);
    },
  };
}

/** Throws `invalid-ref` for what no Secret can be called: the API server would be asked for another path. */
export function secretKey(namespace: string, name: string): SecretKey {
  if (name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    return { namespace, name };
  }
  throw new ProviderError(
    'invalid-ref',
    `key ${JSON.stringify(name)} is not a name that a Secret can have: lower-case letters, digits, "-" and "."`,
  );
}

function collection(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
}

function pathOf({ namespace, name }: SecretKey): string {
  return `${collection(namespace)}/${encodeURIComponent(name)}`;
}

function pageOf(answer: JsonObject): SecretPage {
  const items = answer['items'];
  if (answer['kind'] !== 'SecretList' || !Array.isArray(items) || !items.every(isJsonObject)) {
    throw new ProviderError('unavailable', 'the API server answered list secrets with something else than a list');
  }
  const next = member(answer, 'metadata')['continue'];
  return { secrets: items, next: typeof next === 'string' && next !== '' ? next : undefined };
}

function preconditions(seen: SecretObject): JsonObject {
  const { uid, resourceVersion } = member(seen, 'metadata');
  return { uid, resourceVersion };
}
