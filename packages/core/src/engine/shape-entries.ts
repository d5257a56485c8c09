import { ProviderError } from '../provider/errors.ts';
import { failure, success, type Outcome } from '../provider/outcome.ts';
import type { SecretValue } from '../provider/provider.ts';
import type { Sealed } from '../provider/sealed.ts';
import { decode, decodeAll, refuseNullBytes } from './decoding.ts';
import { mapOf, propertyOf, wholeContent } from './documents.ts';
import { entryError, type DataEntry, type Entry, type ExtractEntry, type FindEntry } from './entries.ts';
import type { FetchedEntry, RawContent } from './fetch-entries.ts';
import { convertKeys, validateKeys } from './keys.ts';
import { rewriteKeys } from './rewrite.ts';

type Data = ReadonlyMap<string, Sealed>;

/** What one entry adds to the Secret. */
export interface ShapedEntry {
  readonly entry: Entry;
  /** The keys and values that it brings, or why it brings none. */
  readonly outcome: Outcome<Data>;
  /** The backend positively has nothing for it: `not-found`, or a complete listing of nothing. */
  readonly absent: boolean;
}

/** Extraction, rewriting, key conversion and decoding. A failure is the entry's outcome; it never throws. */
export function shapeEntries(fetched: readonly FetchedEntry[]): ShapedEntry[] {
  return fetched.map(shapeEntry);
}

function shapeEntry({ entry, outcome: raw }: FetchedEntry): ShapedEntry {
  const outcome = raw.ok ? shape(entry, raw.value) : raw;
  const foundNothing = raw.ok && raw.value.type === 'found' && raw.value.secrets.length === 0;
  const absent = outcome.ok ? foundNothing : outcome.error.code === 'not-found';
  return { entry, outcome, absent };
}

function shape(entry: Entry, raw: RawContent): Outcome<Data> {
  try {
    return success(dataOf(entry, raw));
  } catch (error) {
    return failure(entryError(entry, ProviderError.from(error, 'Extracting')));
  }
}

function dataOf(entry: Entry, raw: RawContent): Data {
  if ('find' in entry && raw.type === 'found') return manyKeys(entry, entry.find, wholeValues(raw.secrets));
  if (raw.type === 'secret') {
    // A provider without property steps has resolved the property.
    const resolved = raw.documents.property.length === 0;
    if ('ref' in entry) return oneKey(entry, raw, resolved ? undefined : entry.ref.property);
    if ('extract' in entry) {
      const property = resolved ? undefined : entry.extract.property;
      return manyKeys(entry, entry.extract, mapOf(raw.value.content, property, raw.documents));
    }
  }
  throw new ProviderError('internal', 'the answer is not of the kind that the entry asks for');
}

function oneKey(entry: DataEntry, raw: RawContent & { type: 'secret' }, property: string | undefined): Data {
  const { content } = raw.value;
  const value = property ? propertyOf(content, property, raw.documents) : wholeContent(content);
  const data = new Map([[entry.secretKey, decode(value, entry.ref.decodingStrategy)]]);
  refuseNullBytes(data, entry.ref.nullBytePolicy);
  return data;
}

function wholeValues(secrets: readonly { readonly key: string; readonly value: SecretValue }[]): Data {
  return new Map(secrets.map(({ key, value }) => [key, wholeContent(value.content)]));
}

/** Rewritten keys are taken as they are; without a rewrite they are converted. */
function manyKeys(
  entry: ExtractEntry | FindEntry,
  policies: FindEntry['find'] | ExtractEntry['extract'],
  data: Data,
): Data {
  const rewritten = rewriteKeys(data, entry.rewrite);
  const named = entry.rewrite.length === 0 ? convertKeys(rewritten, policies.conversionStrategy) : rewritten;
  const decoded = decodeAll(validateKeys(named), policies.decodingStrategy);
  refuseNullBytes(decoded, policies.nullBytePolicy);
  return decoded;
}
