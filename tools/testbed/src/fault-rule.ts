/** One request that went through a fault proxy. `status`, `bytes` and `state` change while it is answered. */
export interface ProxiedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly at: Date;
  /** Of the response to the client, once it has begun. */
  status?: number;
  /** Bytes of response body that were passed to the client. */
  bytes: number;
  /** `aborted` by the client; `broken` by a rule, by the test, or by the server's death. */
  state: 'waiting' | 'streaming' | 'done' | 'aborted' | 'broken';
}

export type RequestMatch = (request: ProxiedRequest) => boolean;

/** What happens to a request that a rule matches. All but `answer`, `reset` and `hang` ask the real server. */
export type FaultAction =
  /** Answer in place of the server. An object is sent as JSON, bytes as they are. */
  | { kind: 'answer'; status: number; headers?: Readonly<Record<string, string>>; body?: string | Uint8Array | object }
  /** Wait before the request is passed on. */
  | { kind: 'delay'; milliseconds: number }
  /** Reset the connection, as a server that crashes does. */
  | { kind: 'reset' }
  /** Never answer, and keep the connection. */
  | { kind: 'hang' }
  /** Let the server do its work, and reset the connection instead of passing its answer on. */
  | { kind: 'lose-answer' }
  /** Break the connection after so many bytes of the response body; 0 is right after its headers. */
  | { kind: 'cut'; afterBytes: number }
  /** Pass on so many bytes of the response body, then nothing more, and keep the connection. */
  | { kind: 'stall'; afterBytes: number }
  /** Pass the response body on byte by byte, with a pause before each. Not for watches: it waits for the end of the body. */
  | { kind: 'drip'; milliseconds: number }
  /** Put these bytes in front of the response body. */
  | { kind: 'inject'; bytes: string | Uint8Array }
  /** Change the whole response body. Not for watches: it waits for the end of the body. */
  | { kind: 'rewrite'; body: (body: string) => string };

export interface FaultRule {
  match: RequestMatch;
  /** How many requests it is for; every one when not given. */
  times?: number;
  action: FaultAction;
}

export interface InstalledRule {
  /** How many requests it has been applied to. */
  readonly hits: number;
  remove(): void;
}

/** The rules in the order in which they were installed: the first that matches and is not used up applies. */
export class FaultRules {
  #rules: (FaultRule & { hits: number })[] = [];

  add(rule: FaultRule): InstalledRule {
    const installed = { ...rule, hits: 0 };
    this.#rules.push(installed);
    return {
      get hits() {
        return installed.hits;
      },
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== installed);
      },
    };
  }

  clear(): void {
    this.#rules = [];
  }

  take(request: ProxiedRequest): FaultAction | undefined {
    const rule = this.#rules.find(({ match, times, hits }) => hits < (times ?? Infinity) && match(request));
    if (rule === undefined) return undefined;
    rule.hits += 1;
    return rule.action;
  }
}

/** A Kubernetes API server's error answer, as a `Status` object. */
export function statusAnswer(
  code: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): FaultAction & { kind: 'answer' } {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: reason, reason, code };
  return { kind: 'answer', status: code, headers, body };
}

/** Matches watches, of one resource when it is named. */
export function isWatch(resource?: string): RequestMatch {
  return ({ path, query }) => {
    const watching = query.get('watch') === '1' || query.get('watch') === 'true';
    return watching && (resource === undefined || path.endsWith(`/${resource}`));
  };
}
