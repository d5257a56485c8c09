import { describe, expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import { failure, success } from '../provider/outcome.ts';
import type { SecretValue } from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';
import { FakeClock, settle } from './clock.fixture.ts';
import { secretForm, ValueCache, type Form } from './value-cache.ts';

/** A cache, and the copies that it made in their order. */
function setUp(maxBytes = 10_000) {
  const clock = new FakeClock();
  const copies: SecretValue[] = [];
  const form: Form<SecretValue> = {
    ...secretForm,
    copy: (value) => {
      const copy = secretForm.copy(value);
      copies.push(copy);
      return copy;
    },
  };
  return { clock, copies, form, cache: new ValueCache({ clock, maxBytes, lifeMs: 30_000 }) };
}

function bytesOf(value: SecretValue | undefined): Uint8Array {
  const content = value?.content;
  if (!Sealed.is(content)) throw new Error('the test stores documents');
  return content.open();
}

const document = (text: string): SecretValue => ({ content: Sealed.text(text) });
const zeros = (count: number) => new Uint8Array(count);

describe('ValueCache', () => {
  it.each<[string, (at: ReturnType<typeof setUp>) => Promise<void> | void]>([
    ['its time is over', ({ clock }) => clock.advance(30_000)],
    ['its lane is dropped', ({ cache }) => cache.dropLane('1/')],
    ['the cache is closed', ({ cache }) => cache.close()],
    [
      'a newer value replaces it',
      ({ cache, clock, form }) => cache.set('1/a', clock.now(), success(document('new')), form),
    ],
    [
      'others need the room',
      ({ cache, clock, form }) => {
        for (let index = 0; index < 20; index += 1)
          cache.set(`1/${index}`, clock.now(), success(document('x'.repeat(900))), form);
      },
    ],
  ])('overwrites its own copy when %s, and no other', async (_name, drop) => {
    const at = setUp();
    const original = document('secret');
    at.cache.set('1/a', at.clock.now(), success(original), at.form);
    const used = at.cache.get('1/a', at.clock.now() - 1, at.form);
    const [own, handedOut] = at.copies;
    expect(Buffer.from(bytesOf(own)).toString()).toBe('secret');
    await drop(at);
    expect(bytesOf(own)).toEqual(zeros(6));
    expect(used?.ok && used.value).toBe(handedOut);
    for (const value of [original, handedOut]) expect(Buffer.from(bytesOf(value)).toString()).toBe('secret');
    at.cache.close();
    await settle();
    expect(at.clock.sleeping).toBe(0);
  });

  it('a read that started earlier and ended later does not replace a newer one', () => {
    const { cache, clock, form } = setUp();
    cache.set('a', clock.now(), success(document('newer')), form);
    cache.set('a', clock.now() - 1, success(document('older')), form);
    const kept = cache.get('a', clock.now() - 1, form);
    expect(kept?.ok && Buffer.from(bytesOf(kept.value)).toString()).toBe('newer');
  });

  it('keeps values and not-found, and no other failure', () => {
    const { cache, clock, form } = setUp();
    for (const code of ['not-found', 'denied', 'unavailable', 'rate-limited', 'internal'] as const) {
      cache.set(code, clock.now(), failure(new ProviderError(code, 'no')), form);
    }
    const kept = ['not-found', 'denied', 'unavailable', 'rate-limited', 'internal'].map(
      (name) => cache.get(name, clock.now() - 1, form) !== undefined,
    );
    expect(kept).toEqual([true, false, false, false, false]);
  });

  it('keeps nothing once it is closed', () => {
    const { cache, clock, form } = setUp();
    cache.close();
    cache.set('a', clock.now(), success(document('late')), form);
    expect([cache.get('a', clock.now() - 1, form), cache.bytes]).toEqual([undefined, 0]);
  });
});
