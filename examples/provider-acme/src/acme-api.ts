import { type Call, type Host, type HttpClient, type HttpResponse, ProviderError } from '@esox/core';
import { type Login, retryAfterMs, type TokenSource, tokenSource } from '@esox/provider-kit';
import type { AcmeConfig } from './config.ts';

/** The requests of the ACME vault, with one login for all callers. Errors are ProviderErrors. */
export class AcmeApi implements AsyncDisposable {
  readonly #config: AcmeConfig;
  readonly #host: Host;
  readonly #http: HttpClient;
  readonly #sessions: TokenSource<string>;

  constructor(config: AcmeConfig, host: Host) {
    this.#config = config;
    this.#host = host;
    this.#http = host.http();
    this.#sessions = tokenSource((call) => this.#logIn(call), { clock: host.clock, renewBeforeMs: 30_000 });
  }

  /** Logs in where nobody has. */
  async open(call: Call): Promise<void> {
    await this.#sessions.use(async () => undefined, call);
  }

  /** `what` names what is read, for messages. */
  get(path: string, what: string, call: Call): Promise<HttpResponse> {
    const { server } = this.#config;
    return this.#sessions.use(async (token) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await this.#http.request({ method: 'GET', url: `${server}${path}`, headers }, call);
      if (answer.status === 404) throw new ProviderError('not-found', `${server} has no ${what}`);
      return this.#expectOk(answer, what);
    }, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  async #logIn(call: Call): Promise<Login<string>> {
    const { server, user, passwordSecretRef } = this.#config;
    const password = await this.#host.secret(passwordSecretRef, call);
    const body = JSON.stringify({ user, password: password.openText() });
    const answer = await this.#http.request({ method: 'POST', url: `${server}/login`, body }, call);
    if (answer.status === 401) {
      throw new ProviderError('unauthenticated', `${server} refused the login of user ${user}: check its password`);
    }
    const session = bodyOf<{ token: string; expiresInSeconds: number }>(this.#expectOk(answer, 'the login'));
    return { token: session.token, expiresAt: this.#host.clock.now() + session.expiresInSeconds * 1000 };
  }

  #expectOk(answer: HttpResponse, what: string): HttpResponse {
    const { status } = answer;
    const { server, user } = this.#config;
    const said = `${server} answered ${status} to ${what}`;
    if (status === 200) return answer;
    if (status === 401) throw new ProviderError('unauthenticated', said);
    if (status === 403) throw new ProviderError('denied', `${said}: give user ${user} the right to read it`);
    if (status === 429) {
      const waitMs = retryAfterMs(answer, this.#host.clock);
      throw new ProviderError('rate-limited', said, waitMs === undefined ? {} : { retryAfterMs: waitMs });
    }
    throw new ProviderError(status >= 500 ? 'unavailable' : 'invalid-ref', said);
  }
}

/** The JSON of an answer, as the documentation of the API says that it looks. */
export function bodyOf<T>({ body }: HttpResponse): T {
  return JSON.parse(new TextDecoder().decode(body)) as T;
}
