import type { ExternalSecretTemplate } from '@esox/api';

/** Whether rendering would change nothing: no keys of its own, and no action in its labels and annotations. */
export function isPlain({ data = {}, templateFrom = [], metadata = {} }: ExternalSecretTemplate): boolean {
  const texts = [...Object.values(metadata.labels ?? {}), ...Object.values(metadata.annotations ?? {})];
  return Object.keys(data).length === 0 && templateFrom.length === 0 && !texts.some((text) => text.includes('{{'));
}
