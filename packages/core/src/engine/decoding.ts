import { ProviderError } from '../provider/errors.ts';
import { Sealed } from '../provider/sealed.ts';
import type { DecodingStrategy, NullBytePolicy } from './entries.ts';
import { sortedBytewise } from './hash.ts';

const alphabets = {
  Base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  Base64URL: /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/,
};

/** The value decoded. Throws `invalid-ref` where it is not in the form that the strategy names. */
export function decode(value: Sealed, strategy: DecodingStrategy | undefined): Sealed {
  if (strategy === undefined || strategy === 'None') return value;
  if (strategy === 'Auto') return decodeAs(value, 'Base64') ?? decodeAs(value, 'Base64URL') ?? value;
  const decoded = decodeAs(value, strategy);
  if (decoded) return decoded;
  throw new ProviderError('invalid-ref', `the value is not ${strategy}, which decodingStrategy asks for`);
}

/** Padding is required; line breaks are tolerated. */
function decodeAs(value: Sealed, alphabet: 'Base64' | 'Base64URL'): Sealed | undefined {
  const text = Buffer.from(value.open())
    .toString('latin1')
    .replace(/[\r\n]/g, '');
  if (!alphabets[alphabet].test(text)) return undefined;
  // Node's decoder reads both alphabets.
  return Sealed.of(new Uint8Array(Buffer.from(text, 'base64')));
}

/** As `decode`, for each value; an error names the key. */
export function decodeAll(
  data: ReadonlyMap<string, Sealed>,
  strategy: DecodingStrategy | undefined,
): ReadonlyMap<string, Sealed> {
  if (strategy === undefined || strategy === 'None') return data;
  const decoded = new Map<string, Sealed>();
  for (const [key, value] of data) {
    try {
      decoded.set(key, decode(value, strategy));
    } catch (error) {
      const known = ProviderError.from(error, 'Decoding');
      throw new ProviderError(known.code, `key ${JSON.stringify(key)}: ${known.message}`, { cause: error });
    }
  }
  return decoded;
}

/** Throws `invalid-ref` where the policy forbids a 0x00 byte and there is one; the first key in order is named. */
export function refuseNullBytes(data: ReadonlyMap<string, Sealed>, policy: NullBytePolicy | undefined): void {
  if (policy !== 'Fail') return;
  const key = sortedBytewise(data.keys()).find((name) => data.get(name)?.open().includes(0));
  if (key !== undefined) {
    const text = `the value of key ${JSON.stringify(key)} holds a null byte`;
    throw new ProviderError('invalid-ref', `${text}, which nullBytePolicy Fail forbids`);
  }
}
