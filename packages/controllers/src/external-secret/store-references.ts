import type { ExternalSecret, ExternalSecretData } from '@esox/api';
import type { Entry, Lane, StoreSelection } from '@esox/core/engine';
import { ProviderError } from '@esox/core';
import { type StoreCatalog, StorePending } from '../stores/store-catalog.ts';
import { storeAddress, storeId, type StoreAddress } from '../stores/store.ts';

type Item = Pick<ExternalSecretData, 'sourceRef'> | null;

/**
 * Every store that the object names, in the order in which ESO looks at them. Also of an object that is older than the
 * schema and may have anything in its fields.
 */
export function referencedStores(object: ExternalSecret): StoreAddress[] {
  const { secretStoreRef, data, dataFrom } = object.spec;
  const items = [data, dataFrom].flatMap((list): readonly (Item | null)[] => (Array.isArray(list) ? list : []));
  const refs = [secretStoreRef, ...items.map((item) => item?.sourceRef?.storeRef)];
  return refs.flatMap((ref) => {
    const name = ref?.name;
    if (typeof name !== 'string' || name === '') return [];
    return [storeAddress({ name, kind: ref?.kind }, object.metadata.namespace ?? '')];
  });
}

/**
 * Whether another controller class serves this object, which then is none of our business. As in ESO, a namespaced
 * store named after a cluster-wide one does not count here; it fails when it is used.
 */
export function isForeign(object: ExternalSecret, stores: StoreCatalog): boolean {
  if (object.spec.secretStoreRef?.kind === 'ClusterSecretStore' && !stores.serves('ClusterSecretStore')) return true;
  let clusterWide = false;
  for (const address of referencedStores(object)) {
    if (address.kind === 'ClusterSecretStore') clusterWide = true;
    else if (clusterWide) continue;
    const store = stores.get(address);
    if (store && stores.isForeign(store)) return true;
  }
  return false;
}

export type Lanes = ReadonlyMap<string, Lane | ProviderError>;

/** A lane for every store that the entries read from. Throws StorePending while one has yet to be validated. */
export async function lanesFor(
  entries: readonly Entry[],
  stores: StoreCatalog,
  namespace: string,
  signal: AbortSignal,
): Promise<Lanes> {
  const selections = new Map<string, StoreSelection>();
  for (const entry of entries) if ('store' in entry) selections.set(selectionId(entry.store), entry.store);
  const lanes = await Promise.all(
    [...selections].map(async ([id, selection]): Promise<[string, Lane | ProviderError]> => {
      try {
        return [id, await stores.laneFor(storeAddress(selection, namespace), namespace, signal)];
      } catch (error) {
        if (error instanceof StorePending || signal.aborted) throw error;
        return [id, ProviderError.from(error, `opening ${selection.kind} "${selection.name}"`)];
      }
    }),
  );
  return new Map(lanes);
}

export function laneOf(lanes: Lanes, selection: StoreSelection): Promise<Lane> {
  const lane = lanes.get(selectionId(selection));
  if (lane === undefined) return Promise.reject(new ProviderError('internal', 'the store was not resolved'));
  return ProviderError.is(lane) ? Promise.reject(lane) : Promise.resolve(lane);
}

/** Names the identities behind the lanes; undefined where one of them is not connected. */
export function laneIds(lanes: Lanes): string | undefined {
  const ids: string[] = [];
  for (const lane of lanes.values()) {
    if (ProviderError.is(lane)) return undefined;
    ids.push(lane.id);
  }
  return ids.join(' ');
}

/** All objects of one default store and one interval come due together. */
export function phaseKeyOf(object: ExternalSecret): string {
  const [first] = referencedStores(object);
  return first ? storeId(first) : '';
}

function selectionId(selection: StoreSelection): string {
  return `${selection.kind}/${selection.name}`;
}
