import { ProviderError } from '../provider/errors.ts';
import { failure, success, type Outcome } from '../provider/outcome.ts';
import type { FoundSecret, SecretValue } from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';

// A plugin is not trusted to keep the contract: what it answers is checked before it is believed.

/** The outcomes of a batch in the order of its refs. Throws `internal` where the plugin did not answer each ref. */
export function checkedOutcomes(answer: unknown, count: number, provider: string): Outcome<SecretValue>[] {
  if (!Array.isArray(answer) || answer.length !== count) {
    throw new ProviderError('internal', `provider ${JSON.stringify(provider)} did not answer every ref of a batch`);
  }
  return answer.map((item: unknown) => checkedOutcome(item, provider));
}

function checkedOutcome(item: unknown, provider: string): Outcome<SecretValue> {
  if (isRecord(item) && item['ok'] === true && isSecretValue(item['value'])) return success(item['value']);
  if (isRecord(item) && item['ok'] === false) {
    return failure(ProviderError.from(item['error'], `Reading with provider ${JSON.stringify(provider)}`));
  }
  return failure(malformed(provider));
}

/** One item of a listing. Throws `internal` where it breaks the contract. */
export function checkedFound(item: unknown, provider: string): FoundSecret {
  const valid = isRecord(item) && typeof item['key'] === 'string' && isRecord(item['ref']);
  if (!valid || !(item['value'] === undefined || isSecretValue(item['value']))) throw malformed(provider);
  return item as unknown as FoundSecret; // Checked above, member by member.
}

export function checkedState(answer: unknown, provider: string): 'ready' | 'unknown' {
  if (answer === 'ready' || answer === 'unknown') return answer;
  throw malformed(provider);
}

function isSecretValue(value: unknown): value is SecretValue {
  if (!isRecord(value)) return false;
  const content = value['content'];
  return Sealed.is(content) || (content instanceof Map && [...content.values()].every((field) => Sealed.is(field)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function malformed(provider: string): ProviderError {
  return new ProviderError('internal', `provider ${JSON.stringify(provider)} gave an answer that breaks the contract`);
}
