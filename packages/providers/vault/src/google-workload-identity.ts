import { type Call, type Host, ProviderError } from '@esox/core';
import { isJsonObject, readJson, type ServiceAccountSelector } from '@esox/provider-kit';
import type { VaultClaims } from './google-key.ts';
import { type Google, metadata } from './google-metadata.ts';

/** A ServiceAccount of a GKE cluster; what is left out is asked of the metadata server. */
export interface WorkloadIdentity {
  readonly serviceAccountRef: ServiceAccountSelector;
  readonly clusterProjectID?: string | undefined;
  readonly clusterLocation?: string | undefined;
  readonly clusterName?: string | undefined;
}

const scope = 'https://www.googleapis.com/auth/cloud-platform';

/** A token of the Google service account that stands for a ServiceAccount, signed by Google. */
export async function signedByWorkloadIdentity(
  identity: WorkloadIdentity,
  claims: VaultClaims,
  host: Host,
  call: Call,
): Promise<string> {
  await using http = host.http();
  const google = { http, environment: host.environment, call };
  const email = await emailOf(identity.serviceAccountRef, host, call);
  const account = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}`;
  const binding = await bindingToken(identity, host, google);
  const access = { url: `${account}:generateAccessToken`, token: binding, body: { scope: [scope] } };
  const token = await ask(google, access, 'accessToken');
  const payload = JSON.stringify({ ...claims, sub: email });
  return await ask(google, { url: `${account}:signJwt`, token, body: { payload } }, 'signedJwt');
}

async function emailOf(ref: ServiceAccountSelector, host: Host, call: Call): Promise<string> {
  const email = (await host.serviceAccountAnnotations(ref, call))['iam.gke.io/gcp-service-account'];
  if (email) return email;
  throw new ProviderError(
    'invalid-config',
    `ServiceAccount "${ref.name}" has no annotation iam.gke.io/gcp-service-account: it names the Google service account ` +
      'that signs for it',
  );
}

/** Google's token for the ServiceAccount itself. */
async function bindingToken(identity: WorkloadIdentity, host: Host, google: Google): Promise<string> {
  const { serviceAccountRef, clusterProjectID, clusterLocation, clusterName } = identity;
  const entry = (name: string): Promise<string> => metadata(name, google);
  const project = clusterProjectID || (await entry('project/project-id'));
  const location = clusterLocation || (await entry('instance/attributes/cluster-location'));
  const cluster = clusterName || (await entry('instance/attributes/cluster-name'));
  const pool = `${project}.svc.id.goog`;
  const provider = `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${cluster}`;
  const audiences = [pool, ...(serviceAccountRef.audiences ?? [])];
  const token = await host.serviceAccountToken(serviceAccountRef, { audiences, expirationSeconds: 900 }, google.call);
  const body = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: token.openText(),
    audience: `identitynamespace:${pool}:${provider}`,
    scope,
  };
  const url = 'https://securetoken.googleapis.com/v1/identitybindingtoken';
  return await ask(google, { url, token: undefined, body }, 'access_token');
}

interface Question {
  readonly url: string;
  readonly token: string | undefined;
  readonly body: object;
}

/** `member` of Google's answer. */
async function ask({ http, call }: Google, { url, token, body }: Question, member: string): Promise<string> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const response = await http.request({ method: 'POST', url, headers, body: JSON.stringify(body) }, call);
  const { hostname, pathname } = new URL(url);
  const what = hostname + decodeURIComponent(pathname);
  if (response.status !== 200) throw refused(what, response.status);
  const answer = readJson(response.body, `the answer of ${what}`);
  const wanted = isJsonObject(answer) ? answer[member] : undefined;
  if (typeof wanted === 'string') return wanted;
  throw new ProviderError('unavailable', `${what} answered without ${member}`);
}

function refused(what: string, status: number): ProviderError {
  const text = `${what} answered with HTTP ${status}`;
  if (status === 429) return new ProviderError('rate-limited', `${text}: there were too many requests`);
  if (status >= 500) return new ProviderError('unavailable', `${text}: it has a fault`);
  const why = what.startsWith('securetoken')
    ? 'check project, location and name of the cluster, and whether it has workload identity'
    : 'check that the Google service account exists, may be used by the ServiceAccount (iam.workloadIdentityUser), and ' +
      'may sign for itself (iam.serviceAccountTokenCreator)';
  return new ProviderError('unauthenticated', `${text}: ${why}`);
}
