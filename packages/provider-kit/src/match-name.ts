import { RE2JS } from 're2js';
import { ProviderError } from '@esox/core';

/** The test behind `find.name.regexp`: RE2, unanchored. Throws `invalid-ref` for a pattern that RE2 does not know. */
export function matchName(regexp: string): (name: string) => boolean {
  const pattern = compile(regexp);
  return (name) => pattern.matcher(name).find();
}

function compile(regexp: string): RE2JS {
  try {
    return RE2JS.compile(regexp);
  } catch (error) {
    throw new ProviderError(
      'invalid-ref',
      `find.name.regexp [${regexp}] is not a regular expression of RE2: it has no look-around and no back-references`,
      { cause: error },
    );
  }
}
