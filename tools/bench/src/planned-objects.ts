export interface ObjectPlan {
  readonly objects: number;
  readonly namespaces: number;
  readonly distinctKeys: number;
  readonly properties: number;
}

/** One ExternalSecret; its Secret has the same name. */
export interface PlannedObject {
  readonly namespace: string;
  readonly name: string;
  /** The remote key that it reads, without the mount. */
  readonly key: string;
}

/** Neighbours in the list are in different namespaces and read different keys. */
export function plannedObjects({ objects, namespaces, distinctKeys }: ObjectPlan, prefix = 'object'): PlannedObject[] {
  return Array.from({ length: objects }, (_, index) => ({
    namespace: `bench-${index % namespaces}`,
    name: `${prefix}-${number(index)}`,
    key: `bench/key-${number(index % distinctKeys)}`,
  }));
}

export function namespacesOf(objects: readonly PlannedObject[]): string[] {
  return [...new Set(objects.map(({ namespace }) => namespace))];
}

/** Of a key, and in the same words of a Secret's data. */
export function propertyNames({ properties }: ObjectPlan): string[] {
  return Array.from({ length: properties }, (_, index) => `property-${index + 1}`);
}

function number(index: number): string {
  return String(index).padStart(5, '0');
}
