import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { type Call, type Host, type HttpClient, type HttpRequest, ProviderError } from '@esox/core';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request to STS, complete with its signature. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Shows in AWS' logs. */
export const sessionName = 'external-secrets-provider-vault';

export const defaultRegion = 'us-east-1';

/** Asks AWS whose keys these are. It is Vault that sends it, to the endpoint that Vault is set up with. */
export async function signedCallerIdentityRequest(
  keys: AwsKeys,
  region: string,
  serverId: string | undefined,
): Promise<SignedRequest> {
  const headers = serverId ? { 'X-Vault-AWS-IAM-Server-ID': serverId } : {};
  return await signed(
    { url: publicEndpoint(region), region, headers, parameters: { Action: 'GetCallerIdentity' } },
    keys,
  );
}

/** How STS is reached. */
export interface Sts {
  readonly region: string;
  readonly environment: Host['environment'];
  readonly http: HttpClient;
}

/** A call of STS that answers keys. Without `signer` it is not signed. */
export async function temporaryKeys(
  parameters: Readonly<Record<string, string>>,
  { region, environment, http, signer }: Sts & { readonly signer?: AwsKeys },
  call: Call,
): Promise<AwsKeys> {
  const request = { url: environment['AWS_STS_ENDPOINT'] || publicEndpoint(region), region, headers: {}, parameters };
  const response = await http.request(signer ? await signed(request, signer) : plain(request), call);
  const text = Buffer.from(response.body).toString();
  if (response.status !== 200) throw refused(parameters['Action'] ?? '', response.status, text);
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
    element(text, name),
  );
  if (accessKeyId && secretAccessKey && sessionToken) return { accessKeyId, secretAccessKey, sessionToken };
  throw new ProviderError('unavailable', `AWS STS answered ${parameters['Action']} without keys`);
}

/** The region is part of a host name that a token is sent to, so it must not hold anything else. */
function publicEndpoint(region: string): string {
  if (!/^[a-z]+(-[a-z]+)+-\d+$/.test(region)) {
    throw new ProviderError('invalid-config', `auth.iam.region ${JSON.stringify(region)} is no region of AWS`);
  }
  if (region === defaultRegion) return 'https://sts.amazonaws.com/';
  return `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}

interface StsRequest {
  readonly url: string;
  readonly region: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

function plain({ url, headers, parameters }: StsRequest): Required<HttpRequest> & { body: string } {
  const body = new URLSearchParams({ ...parameters, Version: '2011-06-15' }).toString();
  const contentType = 'application/x-www-form-urlencoded; charset=utf-8';
  return { method: 'POST', url, headers: { ...headers, 'Content-Type': contentType }, body };
}

async function signed(request: StsRequest, keys: AwsKeys): Promise<SignedRequest> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { url, region } = request;
  const { method, headers, body } = plain(request);
  const { protocol, host, hostname, pathname } = new URL(url);
  const { sessionToken, ...pair } = keys;
  const signer = new SignatureV4({
    service: 'sts',
    region,
    credentials: sessionToken === undefined ? pair : { ...pair, sessionToken },
    sha256: Sha256,
  });
  const query = {};
  const unsigned = { method, protocol, hostname, path: pathname, query, headers: { ...headers, host }, body };
  return { method, url, headers: (await signer.sign(unsigned)).headers, body };
}

/** The signer brings no hash function. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Text of an element of STS' XML. What is asked for here never holds markup. */
function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<&]+)</${name}>`).exec(xml)?.[1];
}

const reasons: Readonly<Record<string, string>> = {
  AccessDenied: 'the trust policy of the role, or the policy of the keys, does not allow it',
  ExpiredToken: 'the session token has expired',
  ExpiredTokenException: 'the token of the ServiceAccount has expired: check the clocks',
  IDPCommunicationError: 'it cannot reach the issuer of the ServiceAccount’s token',
  InvalidClientTokenId: 'it does not know the access key ID',
  InvalidIdentityToken: 'it does not trust the issuer or the audience of the ServiceAccount’s token',
  RegionDisabledException: 'it is switched off in this region; set another region',
  SignatureDoesNotMatch: 'the secret access key is wrong, or the clock is',
  ValidationError: 'it takes the name of the role or the external ID for malformed',
};

function refused(action: string, status: number, xml: string): ProviderError {
  const code = element(xml, 'Code') ?? '';
  if (status === 429 || code === 'Throttling') {
    return new ProviderError(
      'rate-limited',
      `AWS STS answered ${action} with HTTP ${status}: there were too many requests`,
    );
  }
  if (status >= 500)
    return new ProviderError('unavailable', `AWS STS answered ${action} with HTTP ${status}: it has a fault`);
  const why = Object.hasOwn(reasons, code) ? `${code}: ${reasons[code]}` : 'check the role and its trust policy';
  return new ProviderError('unauthenticated', `AWS STS refused ${action} with HTTP ${status}: ${why}`);
}
