import { randomUUID } from 'node:crypto';
import type { KeyValueEngine } from './key-value-engine.ts';
import type { RequestKind } from './request-counts.ts';
import type { Token, TokenStore } from './token-store.ts';

export interface VaultRequest {
  readonly method: string;
  /** Decoded, without `/v1/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  /** Undefined where there is none, or one that is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface VaultAnswer {
  readonly kind: RequestKind;
  readonly status: number;
  readonly body?: object;
}

export interface AppRole {
  readonly roleId: string;
  readonly secretId: string;
  /** Of the tokens that it gives out. */
  readonly lifeSeconds: number;
}

export interface VaultContent {
  readonly engine: KeyValueEngine;
  readonly tokens: TokenStore;
  readonly appRole: AppRole;
}

interface Route {
  readonly kind: RequestKind;
  readonly method: 'GET' | 'PUT';
  readonly path: RegExp;
  readonly answer: (
    content: VaultContent,
    request: VaultRequest,
    token: Token,
    match: string,
  ) => Omit<VaultAnswer, 'kind'>;
}

const routes: readonly Route[] = [
  { kind: 'read', method: 'GET', path: /^secret\/data\/(.+)$/, answer: readSecret },
  { kind: 'metadata', method: 'GET', path: /^secret\/metadata\/(.+)$/, answer: readMetadata },
  { kind: 'lookup-self', method: 'GET', path: /^auth\/token\/lookup-self$/, answer: lookUpSelf },
  { kind: 'renew-self', method: 'PUT', path: /^auth\/token\/renew-self$/, answer: renewSelf },
  { kind: 'revoke-self', method: 'PUT', path: /^auth\/token\/revoke-self$/, answer: revokeSelf },
  { kind: 'mount', method: 'GET', path: /^sys\/internal\/ui\/mounts\/(.+?)\/?$/, answer: describeMount },
];

/**
 * As much of Vault as a reader of a KV version 2 engine at `secret/` uses, with an AppRole at `approle/`. Answers are
 * those of Vault 1.21, except that what is not known here is 404 for everybody.
 */
export function answer(content: VaultContent, request: VaultRequest): VaultAnswer {
  // The API takes both for a write.
  const method = request.method === 'POST' ? 'PUT' : request.method;
  if (method === 'PUT' && request.path === 'auth/approle/login') return logIn(content, request);
  for (const { kind, method: wanted, path, answer: answerRoute } of routes) {
    const match = path.exec(request.path);
    if (match === null || wanted !== method) continue;
    const token = content.tokens.find(request.token);
    if (token === undefined) return { kind: 'denied', ...failure(403, 'permission denied') };
    return { kind, ...answerRoute(content, request, token, match[1] ?? '') };
  }
  return { kind: 'unknown', ...failure(404, 'no handler for this route') };
}

export function throttled({ path }: VaultRequest): VaultAnswer {
  return { kind: 'throttled', ...failure(429, `request path "${path}": rate limit quota exceeded`) };
}

function logIn({ tokens, appRole }: VaultContent, { body, path }: VaultRequest): VaultAnswer {
  const isKnown = body?.['role_id'] === appRole.roleId && body['secret_id'] === appRole.secretId;
  if (!isKnown) return { kind: 'denied', ...failure(400, 'invalid role or secret ID') };
  const token = tokens.create({ lifeSeconds: appRole.lifeSeconds, path });
  return { kind: 'login', ...success({ auth: authOf(token) }) };
}

function readSecret(
  { engine }: VaultContent,
  { query }: VaultRequest,
  _: Token,
  key: string,
): Omit<VaultAnswer, 'kind'> {
  const data = engine.read(key, Number(query.get('version') ?? 0));
  return data === undefined ? failure(404) : success({ data });
}

function readMetadata({ engine }: VaultContent, _: VaultRequest, __: Token, key: string): Omit<VaultAnswer, 'kind'> {
  const data = engine.metadata(key);
  return data === undefined ? failure(404) : success({ data });
}

function describeMount(_: VaultContent, __: VaultRequest, ___: Token, path: string): Omit<VaultAnswer, 'kind'> {
  if (path === 'secret') return success({ data: { options: { version: '2' }, path: 'secret/', type: 'kv' } });
  const hint = `please ensure client's policies grant access to path "${path}/"`;
  return failure(403, `preflight capability check returned 403, ${hint}`);
}

function lookUpSelf({ tokens }: VaultContent, _: VaultRequest, token: Token): Omit<VaultAnswer, 'kind'> {
  const data = {
    accessor: token.accessor,
    creation_time: Math.floor(token.createdAt / 1000),
    creation_ttl: token.lifeSeconds,
    display_name: 'bench',
    expire_time: token.lifeSeconds === 0 ? null : new Date(token.endsAt).toISOString(),
    explicit_max_ttl: 0,
    id: token.id,
    num_uses: 0,
    orphan: true,
    path: token.path,
    policies: ['default'],
    renewable: token.lifeSeconds > 0,
    ttl: tokens.secondsLeft(token),
    type: 'service',
  };
  return success({ data });
}

function renewSelf({ tokens }: VaultContent, _: VaultRequest, token: Token): Omit<VaultAnswer, 'kind'> {
  tokens.renew(token);
  return success({ auth: authOf(token) });
}

function revokeSelf({ tokens }: VaultContent, _: VaultRequest, token: Token): Omit<VaultAnswer, 'kind'> {
  tokens.revoke(token);
  return { status: 204 };
}

function authOf({ id, accessor, lifeSeconds }: Token): object {
  return {
    client_token: id,
    accessor,
    policies: ['default'],
    token_policies: ['default'],
    metadata: { role_name: 'bench' },
    lease_duration: lifeSeconds,
    renewable: true,
    entity_id: '',
    token_type: 'service',
    orphan: true,
    mfa_requirement: null,
    num_uses: 0,
  };
}

function success(body: object): Omit<VaultAnswer, 'kind'> {
  const envelope = {
    request_id: randomUUID(),
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: null,
    wrap_info: null,
    warnings: null,
    auth: null,
  };
  return { status: 200, body: { ...envelope, ...body } };
}

function failure(status: number, ...errors: readonly string[]): Omit<VaultAnswer, 'kind'> {
  return { status, body: { errors } };
}
