import type { Cluster, KubernetesObject, ResourceType } from '../port.ts';

export interface PortUnderTest {
  readonly cluster: Cluster;
  /** Exists, and nobody else works in it. */
  readonly namespace: string;
  /** A namespaced kind with a status subresource and a free-form spec; its tests are left out without it. */
  readonly custom?: {
    readonly type: ResourceType;
    readonly spec: (variant: number) => object;
    readonly status: object;
  };
  readonly dispose: () => Promise<void>;
}

export interface Data extends KubernetesObject {
  data?: Record<string, string>;
}

export interface Custom extends KubernetesObject {
  spec?: object;
  status?: object;
}

export const secrets: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
export const configMaps: ResourceType = { ...secrets, kind: 'ConfigMap', plural: 'configmaps' };

export const otherUid = '00000000-0000-4000-8000-000000000000';

export const encode = (text: string) => Buffer.from(text).toString('base64');
export const signal = AbortSignal.timeout(120_000);
export const manager = (fieldManager: string) => ({ signal, fieldManager });

export interface Context {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
  readonly custom: PortUnderTest['custom'];
}

export function configMap({ namespace, name }: Context, data: Record<string, string> = { a: '1' }): Data {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}

export function secret({ namespace, name }: Context, data: Record<string, string>): Data {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data: encoded };
}

export const keyIn = ({ namespace, name }: Context) => ({ namespace, name });
