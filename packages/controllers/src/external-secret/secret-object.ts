import type { KubernetesObject } from '@esox/cluster';
import { Sealed } from '@esox/core';
import { dataHash } from '@esox/core/engine';

/** A core/v1 Secret; values are base64. */
export interface Secret extends KubernetesObject {
  type?: string;
  immutable?: boolean;
  data?: Record<string, string>;
}

export function encodeData(data: ReadonlyMap<string, Sealed>): Record<string, string> {
  return Object.fromEntries([...data].map(([key, value]) => [key, Buffer.from(value.open()).toString('base64')]));
}

/** The hash that ESO writes beside the data, over all of it. */
export function hashOf(data: Readonly<Record<string, string>> | undefined): string {
  const sealed = Object.entries(data ?? {}).map(
    ([key, value]) => [key, Sealed.of(new Uint8Array(Buffer.from(value, 'base64')))] as const,
  );
  return dataHash(new Map(sealed));
}
