import { Pool } from 'undici';

export interface KubePoolOptions {
  readonly url: string;
  readonly token: string;
  readonly caPem: string;
  readonly connections: number;
}

export interface PoolRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** Kept connections to an API server, for many requests: the least that a client can do. */
export class KubePool implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #token: string;

  constructor({ url, token, caPem, connections }: KubePoolOptions) {
    this.#pool = new Pool(url, { connections, allowH2: false, connect: { ca: caPem } });
    this.#token = token;
  }

  /** The body as text; throws unless the status is 2xx. A PATCH is a merge patch. */
  async send({ method, path, body }: PoolRequest): Promise<string> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await this.#pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${this.#token}`, accept: 'application/json', 'content-type': contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.body.text();
    if (response.statusCode >= 200 && response.statusCode < 300) return answer;
    throw new Error(`${method} ${path} answered ${response.statusCode}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}

/** Runs `work` for each item, so many at once. The first failure is thrown after those under way have ended. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  // One iterator for all: each worker takes the next item.
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  const failed = ended.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
