import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface StsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface StsIdentity extends StsKeys {
  readonly arn: string;
}

export interface StsServer extends AsyncDisposable {
  readonly url: string;
  /** The parameters of what was asked, without those that are secret. */
  readonly calls: readonly Readonly<Record<string, string>>[];
}

export interface StsRules {
  /** Whose keys sign. */
  readonly identities: readonly StsIdentity[];
  /** What web identity tokens are worth, and for which role. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** External ID that a role asks for. */
  readonly roles?: Readonly<Record<string, string | undefined>>;
}

/** AWS STS as its API reference has it: strict about signatures, names and values, and about nothing that is not asked. */
export async function stsServer(rules: StsRules): Promise<StsServer> {
  const calls: Record<string, string>[] = [];
  const issued: StsIdentity[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const parameters = Object.fromEntries(new URLSearchParams(body));
    const { WebIdentityToken: _, ...shown } = parameters;
    calls.push(shown);
    const [status, xml] = answer(request, body, { rules, issued });
    response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface State {
  readonly rules: StsRules;
  readonly issued: StsIdentity[];
}

function answer(request: IncomingMessage, body: string, state: State): [number, string] {
  const parameters = Object.fromEntries(new URLSearchParams(body));
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  if (request.method !== 'POST' || !isForm || parameters['Version'] !== '2011-06-15')
    return fault(400, 'ValidationError');
  if (parameters['Action'] === 'AssumeRoleWithWebIdentity') {
    return request.headers.authorization ? fault(400, 'ValidationError') : byToken(parameters, state);
  }
  const signer = signerOf(request, body, [...state.rules.identities, ...state.issued]);
  if (typeof signer === 'string') return fault(403, signer);
  if (parameters['Action'] === 'GetCallerIdentity') return [200, identity(signer.arn)];
  return parameters['Action'] === 'AssumeRole' ? assumed(parameters, state) : fault(400, 'InvalidAction');
}

type Parameters = Readonly<Record<string, string>>;

function byToken(
  { RoleArn: role = '', RoleSessionName: session, WebIdentityToken: token = '' }: Parameters,
  state: State,
): [number, string] {
  if (!session) return fault(400, 'ValidationError');
  if (state.rules.tokens?.[token] !== role) return fault(400, 'InvalidIdentityToken');
  return [200, credentials('AssumeRoleWithWebIdentity', issue(state, role, session))];
}

function assumed(parameters: Parameters, state: State): [number, string] {
  const { RoleArn: role = '', RoleSessionName: session, DurationSeconds: duration, ExternalId: external } = parameters;
  if (!session || duration !== '900') return fault(400, 'ValidationError');
  const { roles = {} } = state.rules;
  if (!Object.hasOwn(roles, role) || roles[role] !== external) return fault(403, 'AccessDenied');
  return [200, credentials('AssumeRole', issue(state, role, session))];
}

function issue({ issued }: State, role: string, session: string): StsIdentity {
  const number = issued.length;
  const arn = role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/') + `/${session}`;
  const keys = { accessKeyId: `ASIATEMPORARY${number}`, secretAccessKey: `temporary-secret-${number}` };
  issued.push({ ...keys, sessionToken: `session+token/${number}==`, arn });
  return issued[number] as StsIdentity; // just pushed
}

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/sts\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** Signature version 4, as AWS describes its making; answers the code of the error where it does not hold. */
function signerOf(request: IncomingMessage, body: string, identities: readonly StsIdentity[]): StsIdentity | string {
  const parts = authorization.exec(request.headers.authorization ?? '');
  const signer = identities.find(({ accessKeyId }) => accessKeyId === parts?.[1]);
  if (!parts || !signer || request.headers['x-amz-security-token'] !== signer.sessionToken)
    return 'InvalidClientTokenId';
  const [, , day, region, names, signature] = parts as unknown as [string, string, string, string, string, string];
  const signed = names.split(';');
  const date = String(request.headers['x-amz-date']);
  if (!isNow(date) || !date.startsWith(day)) return 'SignatureDoesNotMatch';
  if (!signed.includes('host') || !signed.includes('x-amz-date')) return 'SignatureDoesNotMatch';
  const headers = signed.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('');
  const canonical = ['POST', '/', '', headers, names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/sts/aws4_request`, sha256(canonical)].join('\n');
  const key = [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${signer.secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature ? signer : 'SignatureDoesNotMatch';
}

function isNow(date: string): boolean {
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return Math.abs(Date.now() - at) < 5 * 60_000;
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function sha256(data: string): string {
  return createHash('sha256').update(data).digest('hex');
}

function fault(status: number, code: string): [number, string] {
  return [
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>canary-4711</Message></Error></ErrorResponse>`,
  ];
}

function identity(arn: string): string {
  const result = `<Arn>${arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>`;
  return `<GetCallerIdentityResponse><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
}

function credentials(action: string, { accessKeyId, secretAccessKey, sessionToken }: StsIdentity): string {
  const keys = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>`;
  const result = `<Credentials>${keys}<SessionToken>${sessionToken}</SessionToken></Credentials>`;
  return `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
}
