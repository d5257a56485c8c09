import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ProviderError } from '../provider/errors.ts';

export interface BodyRules {
  /** Named in errors. */
  readonly host: string;
  /** Value of `content-encoding`; undefined where there is no body. */
  readonly encoding: string | undefined;
  /** Cap in bytes, counted after decompression. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Reads and decodes a whole body, and closes its connection as soon as the body grows over the cap. */
export async function readBody(body: Readable, rules: BodyRules): Promise<Uint8Array> {
  const encoding = rules.encoding?.toLowerCase() ?? 'identity';
  // The signal of the request ends its body, too, and leaving the loop closes the connection.
  if (encoding === 'identity' || encoding === '') return collectUpTo(body, rules);
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    const collect = (source: AsyncIterable<Buffer>): Promise<Uint8Array> => collectUpTo(source, rules);
    return pipeline(body, createGunzip(), collect, { signal: rules.signal });
  }
  body.on('error', () => {}).destroy();
  throw new ProviderError('unavailable', `${rules.host} sent a content-encoding that was not asked for`);
}

async function collectUpTo(source: AsyncIterable<Buffer>, rules: BodyRules): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > rules.maxBytes) {
      const message = `${rules.host} sent more than ${rules.maxBytes} bytes (too large)`;
      throw new ProviderError('unavailable', message);
    }
    chunks.push(chunk);
  }
  // Memory of its own: a slice of Node's shared buffer pool would lie beside foreign data.
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
