import { ProviderError } from '../provider/errors.ts';
import type { ConversionStrategy } from './entries.ts';
import { sortedBytewise } from './hash.ts';

const allowed = /^[\p{L}\p{N}\-._]$/u;
const mostBytes = 253;

/** Keys as a Secret can hold them. Throws `invalid-ref` where two keys become one. */
export function convertKeys<T>(data: ReadonlyMap<string, T>, strategy: ConversionStrategy | undefined): Map<string, T> {
  const converted = new Map<string, T>();
  const sources = new Map<string, string>();
  for (const key of sortedBytewise(data.keys())) {
    const name = convertKey(key, strategy);
    const other = sources.get(name);
    if (other !== undefined) {
      const text = `keys ${JSON.stringify(other)} and ${JSON.stringify(key)} both become ${JSON.stringify(name)}`;
      throw new ProviderError('invalid-ref', `${text}: use conversionStrategy Unicode, or rewrite the keys`);
    }
    sources.set(name, key);
    converted.set(name, data.get(key) as T); // The key comes from the map.
  }
  return converted;
}

function convertKey(key: string, strategy: ConversionStrategy | undefined): string {
  const convert = strategy === 'Unicode' ? unicodeEscape : () => '_';
  return [...key].map((rune) => (allowed.test(rune) ? rune : convert(rune))).join('');
}

function unicodeEscape(rune: string): string {
  return `_U${(rune.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}_`;
}

/** The map without its empty key. Throws `invalid-ref` where a key cannot be one of a Secret. */
export function validateKeys<T>(data: ReadonlyMap<string, T>): Map<string, T> {
  const valid = new Map(data);
  valid.delete('');
  for (const key of valid.keys()) {
    const bytes = Buffer.byteLength(key);
    if (bytes > mostBytes) {
      throw new ProviderError('invalid-ref', `key ${JSON.stringify(key)} has ${bytes} bytes, more than ${mostBytes}`);
    }
    if (![...key].every((rune) => allowed.test(rune))) {
      const text = `key ${JSON.stringify(key)} holds a character other than a letter, a number, "-", "." and "_"`;
      throw new ProviderError('invalid-ref', `${text}: rewrite it, or leave out "rewrite" to have it converted`);
    }
  }
  return valid;
}
