import { inspect } from 'node:util';

const brand = Symbol.for('@esox/core.sealed');
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Secret bytes on their way from a provider to a write. Every way of printing it gives `[sealed 32 bytes]`.
 * It is opened in three places only: extraction, rendering and the write (and by a provider for its own login).
 */
export class Sealed {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Takes the bytes as they are, without a copy: the caller must not change them afterwards. */
  static of(bytes: Uint8Array): Sealed {
    return new Sealed(bytes);
  }

  static text(text: string): Sealed {
    return new Sealed(encoder.encode(text));
  }

  /** A brand, not `instanceof`: a plugin may carry its own copy of this package. */
  static is(value: unknown): value is Sealed {
    return typeof value === 'object' && value !== null && brand in value;
  }

  /** Number of bytes. */
  get size(): number {
    return this.#bytes.byteLength;
  }

  /** The bytes themselves. Never put them, or anything made of them, into a message. */
  open(): Uint8Array {
    return this.#bytes;
  }

  /** The bytes as UTF-8; a byte that is not UTF-8 becomes U+FFFD, so use `open` for what must survive. */
  openText(): string {
    return decoder.decode(this.#bytes);
  }

  equals(other: Sealed): boolean {
    return Buffer.compare(this.#bytes, other.open()) === 0;
  }

  /** Overwrites the bytes. Only their owner may call it, when nobody can read them any more. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return `[sealed ${this.size} bytes]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
