type Part = { readonly character: string } | 'one' | 'any';

/**
 * Whether the whole text matches: `*` is any run of characters, `?` one character, `\` takes the next one literally.
 * Takes at most text times pattern steps.
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  const parts = parsePattern(pattern);
  if (!parts) return false;
  const characters = [...text];
  let at = 0;
  let part = 0;
  let retry: { part: number; at: number } | undefined;
  while (at < characters.length) {
    const current = parts[part];
    if (current === 'any') {
      retry = { part, at };
      part++;
    } else if (current === 'one' || (current && current.character === characters[at])) {
      part++;
      at++;
    } else if (retry) {
      retry.at++;
      part = retry.part + 1;
      at = retry.at;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === 'any');
}

/** Undefined where a `\` has nothing behind it: such a pattern matches nothing. */
function parsePattern(pattern: string): Part[] | undefined {
  const characters = [...pattern];
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at];
    if (character === '*') parts.push('any');
    else if (character === '?') parts.push('one');
    else {
      const literal = character === '\\' ? characters[++at] : character;
      if (literal === undefined) return undefined;
      parts.push({ character: literal });
    }
  }
  return parts;
}
