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
  const cursor = new Cursor(notOlderThan);
  do yield await nextPage(client, type, query, cursor);
  while (cursor.hasMore);
}

async function nextPage(client: ApiClient, type: ResourceType, query: ListQuery, cursor: Cursor): Promise<ObjectPage> {
  for (;;) {
    const { namespace, view, signal, labelSelector, fieldSelector } = query;
    const parameters = { ...cursor.parameters, labelSelector, fieldSelector };
    const request: ApiRequest = { verb: 'list', type, namespace, view, signal, query: parameters };
    try {
      return cursor.turn(readPage(request, await client.call(request)));
    } catch (error) {
      if (!cursor.recover(error)) throw error;
    }
  }
}

/** Where a list is. */
class Cursor {
  #notOlderThan: string | undefined;
  #position: string | undefined;
  #limit = PAGE_SIZE;
  #restarts = 0;
  #isRestart = false;

  constructor(notOlderThan: string | undefined) {
    this.#notOlderThan = notOlderThan;
  }

  get hasMore(): boolean {
    return this.#position !== undefined;
  }

  get parameters(): Record<string, string | undefined> {
    const page = { limit: String(this.#limit), continue: this.#position };
    // The position has the version in it; the API server takes only one of the two.
    if (this.#position !== undefined || this.#notOlderThan === undefined) return page;
    return { ...page, resourceVersion: this.#notOlderThan, resourceVersionMatch: 'NotOlderThan' };
  }

  turn({ items, resourceVersion, position }: ListAnswer): ObjectPage {
    const page = { items, resourceVersion, isRestart: this.#isRestart };
    this.#isRestart = false;
    this.#position = position;
    return page;
  }

  /** False when there is no other way to ask. */
  recover(error: unknown): boolean {
    if (!ClusterError.is(error)) return false;
    if (failureOf(error) === 'too-large' && this.#limit > 1) {
      this.#limit = Math.ceil(this.#limit / SHRINK);
      return true;
    }
    if (error.code !== 'expired' || this.#position === undefined || this.#restarts >= MAX_RESTARTS) return false;
    this.#restarts += 1;
    this.#isRestart = true;
    this.#position = undefined;
    this.#notOlderThan = undefined;
    return true;
  }
}

interface ListAnswer {
  readonly items: readonly KubernetesObject[];
  readonly resourceVersion: string;
  /** Where the next page begins. */
  readonly position: string | undefined;
}

/** Anything else, taken for an empty list, would look as if all objects were gone. */
function readPage(request: ApiRequest, page: JsonRecord): ListAnswer {
  const metadata = isRecord(page['metadata']) ? page['metadata'] : {};
  const { resourceVersion, continue: position } = metadata;
  // Go writes an empty list as null.
  const items = page['items'] ?? [];
  const isList = String(page['kind']).endsWith('List') && typeof resourceVersion === 'string';
  if (!isList || !Array.isArray(items) || !items.every(isObject)) {
    throw new ClusterError('unexpected', `${describeRequest(request)}: the answer is no list.`, { status: 200 });
  }
  for (const object of items) setType(object, request.type);
  return { items, resourceVersion, position: typeof position === 'string' && position !== '' ? position : undefined };
}

export function isObject(value: unknown): value is KubernetesObject {
  return isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['name'] === 'string';
}

/** Items of lists come without it, and objects of which only metadata was asked for with that of the view. */
export function setType(object: KubernetesObject, type: ResourceType): void {
  object.apiVersion = apiVersionOf(type);
  object.kind = type.kind;
}
