import { createVerify, sign } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { KeyPair } from './certificates.fixture.ts';

/** What Google knows in a test. */
export interface GoogleState {
  /** Google's own key, which signs for accounts and instances. */
  readonly google: KeyPair;
  /** The account whose key file a store has. */
  readonly account: string;
  readonly accountKey: KeyPair;
  /** The account that a ServiceAccount of the cluster stands for. */
  readonly workload: string;
  /** The token of that ServiceAccount. */
  readonly serviceAccountToken: string;
  /** The account that Vault itself logs in with. */
  readonly vaultKey: KeyPair;
}

export interface GoogleRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly bearer: string | undefined;
  readonly body: string;
}

export interface GoogleAnswer {
  readonly status?: number;
  readonly body: object | string;
}

export const project = 'project-1';
export const location = 'europe-west1';
export const cluster = 'cluster-1';
const pool = `${project}.svc.id.goog`;
const scope = 'https://www.googleapis.com/auth/cloud-platform';
const createdAt = 1_700_000_000;

const refused: GoogleAnswer = { status: 403, body: { error: { code: 403, message: 'canary-4711' } } };

/** Google's public interfaces, as far as a login at Vault needs them; undefined for anything else. */
export function answers(request: GoogleRequest, state: GoogleState): GoogleAnswer | undefined {
  const name = `${request.method} ${request.host}${request.path}`;
  if (name.startsWith('POST iamcredentials.googleapis.com/')) return credentials(request, state);
  if (name === 'POST securetoken.googleapis.com/v1/identitybindingtoken') return bindingToken(request, state);
  if (name.startsWith('GET metadata.google.internal/computeMetadata/v1/')) return metadata(request, state);
  return forVault(name, request, state);
}

/** What Vault asks. */
function forVault(name: string, request: GoogleRequest, state: GoogleState): GoogleAnswer | undefined {
  if (name === 'POST oauth2.googleapis.com/token') return vaultToken(request, state);
  if (name === 'GET www.googleapis.com/oauth2/v1/certs') return { body: { google: state.google.certificate } };
  const owner = /^GET www\.googleapis\.com\/service_accounts\/v1\/metadata\/x509\/(.+)$/.exec(name)?.[1];
  if (owner === state.account) return { body: { 'key-1': state.accountKey.certificate } };
  if (owner !== undefined) return { status: 404, body: {} };
  const found = accountOrInstance(name);
  return found && (request.bearer === 'of-vault' ? { body: found } : refused);
}

function vaultToken({ body }: GoogleRequest, state: GoogleState): GoogleAnswer {
  const { grant_type: grant, assertion = '' } = Object.fromEntries(new URLSearchParams(body));
  const isKnown = isSignedBy(state.vaultKey.certificate, assertion);
  if (!isKnown || grant !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return refused;
  return { body: { access_token: 'of-vault', token_type: 'Bearer', expires_in: 3600 } };
}

function accountOrInstance(name: string): object | undefined {
  const email = /^GET iam\.googleapis\.com\/v1\/projects\/-\/serviceAccounts\/(.+)$/.exec(name)?.[1];
  if (email !== undefined) return { email, uniqueId: `id-of-${email}`, projectId: project };
  const instance = `compute.googleapis.com/compute/v1/projects/${project}/zones/zone-1/instances/instance-1`;
  if (name !== `GET ${instance}`) return undefined;
  const creationTimestamp = new Date(createdAt * 1000).toISOString();
  const zone = `https://www.googleapis.com/compute/v1/projects/${project}/zones/zone-1`;
  return { id: '7', name: 'instance-1', status: 'RUNNING', zone, selfLink: `https://${instance}`, creationTimestamp };
}

function bindingToken({ body, headers }: GoogleRequest, state: GoogleState): GoogleAnswer {
  const wanted = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: state.serviceAccountToken,
    audience: `identitynamespace:${pool}:https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${cluster}`,
    scope,
  };
  const asked = JSON.parse(body) as Record<string, unknown>;
  const fits =
    Object.entries(wanted).every(([name, value]) => asked[name] === value) && Object.keys(asked).length === 6;
  if (!fits || headers['content-type'] !== 'application/json') return refused;
  return { body: { access_token: 'binding', token_type: 'Bearer', expires_in: 3600 } };
}

function credentials({ path, bearer, body }: GoogleRequest, state: GoogleState): GoogleAnswer | undefined {
  const [, account, verb] =
    /^\/v1\/projects\/-\/serviceAccounts\/([^:]+):(generateAccessToken|signJwt)$/.exec(path) ?? [];
  if (account === undefined) return undefined;
  if (account !== state.workload) return refused;
  const asked = JSON.parse(body) as { scope?: string[]; payload?: string };
  if (verb === 'generateAccessToken') {
    const isAllowed = bearer === 'binding' && asked.scope?.join() === scope;
    return isAllowed ? { body: { accessToken: 'of-workload', expireTime: '2099-01-01T00:00:00Z' } } : refused;
  }
  if (bearer !== 'of-workload') return refused;
  return { body: { keyId: 'google', signedJwt: signedByGoogle(JSON.parse(asked.payload ?? '') as object, state) } };
}

function metadata({ path, query, headers }: GoogleRequest, state: GoogleState): GoogleAnswer | undefined {
  if (headers['metadata-flavor'] !== 'Google') return refused;
  const entries: Record<string, string> = {
    'project/project-id': project,
    'instance/attributes/cluster-location': location,
    'instance/attributes/cluster-name': cluster,
  };
  const entry = path.replace('/computeMetadata/v1/', '');
  if (entries[entry] !== undefined) return { body: entries[entry] };
  if (entry !== 'instance/service-accounts/default/identity' || query.get('format') !== 'full') return undefined;
  const now = Math.floor(Date.now() / 1000);
  const instance = {
    project_id: project,
    project_number: 1,
    zone: 'zone-1',
    instance_id: '7',
    instance_name: 'instance-1',
    instance_creation_timestamp: createdAt,
  };
  const claims = { aud: query.get('audience'), sub: state.workload, email: state.workload, iat: now, exp: now + 3600 };
  return { body: signedByGoogle({ ...claims, google: { compute_engine: instance } }, state) };
}

function signedByGoogle(claims: object, { google }: GoogleState): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'RS256', typ: 'JWT', kid: 'google' })}.${part(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), google.private_key).toString('base64url')}`;
}

/** Whether a JWT is signed with the key of a certificate. */
function isSignedBy(certificate: string, jwt: string): boolean {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  return createVerify('sha256').update(`${header}.${claims}`).verify(certificate, signature, 'base64url');
}
