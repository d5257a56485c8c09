import { type Outcome, Sealed, type SecretValue } from '@esox/core';
import { randomUUID } from 'node:crypto';
import type { Content, Facts } from './backend.ts';
import { codeOf } from './connection.ts';

const encoder = new TextEncoder();

/** A key that nobody else uses. */
export function freshKey(purpose: string): string {
  return `esox-${purpose}-${randomUUID().slice(0, 8)}`;
}

/** A text as the backend can store it: a document, or the field `value`. */
export function contentOf(text: string, facts: Facts): Content {
  return facts.content === 'fields' ? { value: text } : encoder.encode(text);
}

/** Throws, saying where they differ, unless the outcome holds the content. `what` names the ref; see `Facts.markField`. */
export function assertHolds(
  outcome: Outcome<SecretValue> | undefined,
  content: Content,
  what: string,
  markField?: string,
): void {
  if (!outcome?.ok) throw new Error(`${what}: expected its value, got ${codeOf(outcome?.error)}`);
  if (!holds(outcome.value, content, markField)) throw new Error(`${what}: the value read is not the value stored`);
}

function holds({ content: found }: SecretValue, stored: Content, markField: string | undefined): boolean {
  if (stored instanceof Uint8Array) {
    return Sealed.is(found) && Buffer.compare(found.open(), stored) === 0;
  }
  const wanted = Object.entries(stored);
  const fields = Sealed.is(found) ? parsedFields(found.openText()) : textFields(found);
  if (markField !== undefined) fields.delete(markField);
  return fields.size === wanted.length && wanted.every(([name, value]) => fields.get(name) === value);
}

function textFields(fields: ReadonlyMap<string, Sealed>): Map<string, unknown> {
  return new Map([...fields].map(([name, value]) => [name, value.openText()]));
}

function parsedFields(text: string): Map<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return new Map(typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []);
  } catch {
    return new Map();
  }
}
