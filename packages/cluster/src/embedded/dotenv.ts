import { isUtf8 } from 'node:buffer';
import { parseEnv } from 'node:util';
import { InvalidObjectError } from './object-rules.ts';

const plain = /^[\w./:@%+,-]+$/;

/**
 * The data of a Secret as a dotenv file that Node's `--env-file` and the dotenv packages read back to the same text.
 * Throws where the format cannot hold a value; the message names the key only.
 */
export function toDotenv(subject: string, data: Readonly<Record<string, string>>): string {
  const lines = Object.keys(data)
    .toSorted()
    .map((key) => `${key}=${quoted(subject, key, Buffer.from(data[key] ?? '', 'base64'))}\n`);
  return lines.join('');
}

/** The other way round: values in base64. */
export function fromDotenv(text: string): Record<string, string> {
  const entries = Object.entries(parseEnv(text));
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value ?? '', 'utf8').toString('base64')]));
}

function quoted(subject: string, key: string, bytes: Buffer): string {
  if (!isUtf8(bytes)) throw refused(subject, key, 'is not UTF-8 text');
  // Readers make an object of the file, where this key has another meaning.
  if (key === '__proto__') throw refused(subject, key, 'has a reserved name');
  const text = bytes.toString('utf8');
  if (plain.test(text)) return text;
  // Readers of the format drop or cannot hold these two, in any quotes.
  if (/[\r\0]/.test(text)) throw refused(subject, key, 'has a carriage return or a null byte');
  if (!text.includes("'")) return `'${text}'`;
  // Between double quotes a backslash may start an escape.
  if (!/["\\]/.test(text)) return `"${text}"`;
  if (!text.includes('`')) return `\`${text}\``;
  throw refused(subject, key, 'has all three kinds of quotes, or two and a backslash');
}

function refused(subject: string, key: string, why: string): InvalidObjectError {
  const message = `${subject}: the value of "${key}" ${why}, which a dotenv file cannot hold; use the output format yaml`;
  return new InvalidObjectError(message, [{ path: 'data', message }]);
}
