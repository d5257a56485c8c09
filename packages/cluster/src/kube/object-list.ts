import { ClusterError } from '../errors.ts';
import type { KubernetesObject, ResourceType } from '../port.ts';
import { type ApiClient, failureOf } from './api-client.ts';
import { type ApiRequest, apiVersionOf, describeRequest } from './api-request.ts';
import { isRecord, type JsonRecord } from './json.ts';

export interface ListQuery {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly view?: 'object' | 'metadata' | undefined;
  readonly signal: AbortSignal;
}

export interface ObjectPage {
  readonly items: readonly KubernetesObject[];
  /** Of the whole list. */
  readonly resourceVersion: string;
  /** The pages before have expired: the list begins again with this page. */
  readonly isRestart: boolean;
}

const PAGE_SIZE = 500;
/** By how much smaller pages are asked for when one is too large. */
const SHRINK = 8;
const MAX_RESTARTS = 3;

/**
 * All objects, page by page; complete when it ends, otherwise it throws. When the list expires between two pages it
 * begins again. `notOlderThan` lets the API server answer from its cache, if that is as new; without it the answer is
 * the newest state.
 */
export async function* listObjects(
  client: ApiClient,
  type: ResourceType,
  query: ListQuery,
  notOlderThan?: string,
): AsyncGenerator<ObjectPage, void> {
  let position: string | undefined;
  let limit = PAGE_SIZE;
  let restarts = 0;
  let isRestart = false;
  for (;;) {
    const request = pageRequest(type, query, {
      limit,
      position,
      notOlderThan: restarts > 0 ? undefined : notOlderThan,
    });
    try {
      const page = readPage(request, await client.call(request));
      yield { items: page.items, resourceVersion: page.resourceVersion, isRestart };
      isRestart = false;
      position = page.position;
      if (position === undefined) return;
    } catch (error) {
      if (!ClusterError.is(error)) throw error;
      if (failureOf(error) === 'too-large' && limit > 1) {
        limit = Math.ceil(limit / SHRINK);
      } else if (error.code === 'expired' && position !== undefined && restarts < MAX_RESTARTS) {
        restarts += 1;
        position = undefined;
        isRestart = true;
      } else {
        throw error;
      }
    }
  }
}

interface PagePosition {
  readonly limit: number;
  readonly position: string | undefined;
  readonly notOlderThan: string | undefined;
}

function pageRequest(
  type: ResourceType,
  query: ListQuery,
  { limit, position, notOlderThan }: PagePosition,
): ApiRequest {
  // The position has the version in it; the API server takes only one of the two.
  const version =
    position === undefined && notOlderThan !== undefined
      ? { resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan' }
      : {};
  const { labelSelector, fieldSelector } = query;
  return {
    verb: 'list',
    type,
    namespace: query.namespace,
    view: query.view,
    signal: query.signal,
    query: { limit: String(limit), continue: position, labelSelector, fieldSelector, ...version },
  };
}

function readPage(
  request: ApiRequest,
  page: JsonRecord,
): Omit<ObjectPage, 'isRestart'> & { position: string | undefined } {
  const { kind, metadata, items } = page;
  const isList = typeof kind === 'string' && kind.endsWith('List') && isRecord(metadata);
  // Go writes an empty list as null.
  const objects = items === null || items === undefined ? [] : items;
  // Anything else, taken for an empty list, would look as if all objects were gone.
  if (
    !isList ||
    !Array.isArray(objects) ||
    !objects.every(isObject) ||
    typeof metadata['resourceVersion'] !== 'string'
  ) {
    throw new ClusterError('unexpected', `${describeRequest(request)}: the answer is no list.`, { status: 200 });
  }
  for (const object of objects) setType(object, request.type);
  const position = metadata['continue'];
  return {
    items: objects,
    resourceVersion: metadata['resourceVersion'],
    position: typeof position === 'string' && position !== '' ? position : undefined,
  };
}

export function isObject(value: unknown): value is KubernetesObject {
  return isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['name'] === 'string';
}

/** Items of lists come without it, and objects of which only metadata was asked for with that of the view. */
export function setType(object: KubernetesObject, type: ResourceType): void {
  object.apiVersion = apiVersionOf(type);
  object.kind = type.kind;
}
