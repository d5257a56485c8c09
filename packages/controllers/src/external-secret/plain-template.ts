import type { ExternalSecretTemplate } from '@esox/api';
import { Sealed } from '@esox/core';

/** Whether every text stands for itself: there is no action in it, and none comes from elsewhere. */
export function isPlain({ data, templateFrom = [], metadata }: ExternalSecretTemplate): boolean {
  const maps = [data, metadata?.labels, metadata?.annotations];
  const texts = maps.flatMap((map) => Object.values(map ?? {}));
  return templateFrom.length === 0 && !texts.some((text) => text.includes('{{'));
}

/** The data of the target: what a plain template says, over what was read where it is to be kept. */
export function dataOf(
  template: ExternalSecretTemplate | undefined,
  values: ReadonlyMap<string, Sealed>,
): ReadonlyMap<string, Sealed> {
  const texts = Object.entries(template?.data ?? {});
  if (texts.length === 0) return values;
  const kept = template?.mergePolicy === 'Merge' ? values : [];
  return new Map([...kept, ...texts.map(([key, text]): [string, Sealed] => [key, Sealed.text(text)])]);
}
