import { randomBytes } from 'node:crypto';

/** What every key holds, and every Secret. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

const canaries = /CANARY\.([\w-]+)\.(\d+)\.(user|password)\.[0-9a-f]{20}/g;

const vaultTokens = /\bhv[sb]\.[\w-]{20,}/g;

/** A value that is like no other text, so that it can be looked for in everything that comes out. */
export interface Canary {
  readonly text: string;
  readonly key: string;
  readonly version: number;
  readonly property: keyof Login;
}

export function canariesIn(text: string): Canary[] {
  return Array.from(text.matchAll(canaries), ([found, key = '', version, property]) => ({
    text: found,
    key,
    version: Number(version),
    property: property === 'user' ? 'user' : 'password',
  }));
}

/** Every value that a test has put into a backend. */
export class CanaryLedger {
  readonly #versions = new Map<string, Login[]>();
  readonly #credentials: string[] = [];

  /** The next version of the key: both values carry the key and the number of the version. */
  next(key: string): Login {
    const versions = this.#versions.get(key) ?? [];
    this.#versions.set(key, versions);
    const start = `CANARY.${key}.${versions.length + 1}`;
    const login = { user: `${start}.user.${random()}`, password: `${start}.password.${random()}` };
    versions.push(login);
    return login;
  }

  latest(key: string | undefined): Login | undefined {
    return key === undefined ? undefined : this.#versions.get(key)?.at(-1);
  }

  /** Something else that must not be seen either. */
  hide(credential: string): void {
    this.#credentials.push(credential);
  }

  has({ text, key, version, property }: Canary): boolean {
    return this.#versions.get(key)?.[version - 1]?.[property] === text;
  }

  /** What of all this stands in the text, plain or in base64; and tokens that Vault gave to the operator itself. */
  leaksIn(text: string): string[] {
    const values = [...this.#versions.values()].flat().flatMap(({ user, password }) => [user, password]);
    const isLeaked = (value: string) =>
      text.includes(value) || text.includes(Buffer.from(value).toString('base64').replace(/=+$/, ''));
    return [...[...values, ...this.#credentials].filter(isLeaked), ...(text.match(vaultTokens) ?? [])];
  }
}

function random(): string {
  return randomBytes(10).toString('hex');
}
