const simpleEscapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * Resolves the escapes of a string's body. Halves of surrogate pairs become U+FFFD. A body with an escape that JSON does
 * not know, or with a bare control character behind an escape, ends there.
 */
export function unescape(body: string): string {
  if (!body.includes('\\')) return body;
  let text = '';
  let at = 0;
  while (at < body.length) {
    const plain = plainEnd(body, at);
    text += body.slice(at, plain);
    if (body[plain] !== '\\') return text;
    const escape = readEscape(body, plain);
    if (!escape) return text;
    text += escape.text;
    at = escape.end;
  }
  return text;
}

function plainEnd(body: string, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== '\\' && body.charCodeAt(at) >= 0x20) at++;
  return at;
}

function readEscape(body: string, start: number): { text: string; end: number } | undefined {
  const letter = body[start + 1];
  if (letter === undefined) return undefined;
  if (letter === 'u') return readUnicodeEscape(body, start);
  const text = simpleEscapes.get(letter);
  return text === undefined ? undefined : { text, end: start + 2 };
}

function readUnicodeEscape(body: string, start: number): { text: string; end: number } | undefined {
  const end = start + 6;
  if (end > body.length) return undefined;
  const unit = hexadecimal(body.slice(start + 2, end));
  if (unit < 0xd800 || unit > 0xdfff) return { text: String.fromCharCode(unit), end };
  if (body[end] !== '\\' || body[end + 1] !== 'u' || end + 6 > body.length) return { text: '\ufffd', end };
  const pair = String.fromCharCode(unit, hexadecimal(body.slice(end + 2, end + 6)));
  // The second escape is used up even where the two make no pair.
  return { text: pair.length === 2 && [...pair].length === 1 ? pair : '\ufffd', end: end + 6 };
}

function hexadecimal(digits: string): number {
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 0;
}

/** A JSON string as Go's marshaller writes it: `<`, `>`, `&`, U+2028 and U+2029 are escaped, too. */
export function quote(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
