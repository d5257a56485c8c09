import { readFile } from 'node:fs/promises';
import { type Call, ProviderError } from '@esox/core';
import { isJsonObject, readJson } from '@esox/provider-kit';
import { type AwsKeys, sessionName, type Sts, temporaryKeys } from './aws-sts.ts';

/** The keys of the operator's own Pod, by the variables that EKS sets in it. */
export async function ambientKeys(sts: Sts, call: Call): Promise<AwsKeys> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: role } = sts.environment;
  if (tokenFile && role) {
    const parameters = {
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: role,
      RoleSessionName: sessionName,
      WebIdentityToken: await tokenIn(tokenFile),
    };
    return await temporaryKeys(parameters, sts, call);
  }
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: agent } = sts.environment;
  if (agent) return await agentKeys(agent, sts, call);
  throw new ProviderError(
    'invalid-config',
    'no AWS authentication method found: auth.iam has neither jwt.serviceAccountRef nor secretRef, and the operator’s ' +
      'Pod has neither AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN nor AWS_CONTAINER_CREDENTIALS_FULL_URI',
  );
}

/** EKS Pod Identity and the like: an agent on the node gives out keys. */
async function agentKeys(agent: string, { http, environment }: Sts, call: Call): Promise<AwsKeys> {
  if (!isAgent(agent)) {
    throw new ProviderError(
      'invalid-config',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI is not the address of an agent on the node',
    );
  }
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = environment;
  const authorization = tokenFile ? await tokenIn(tokenFile) : token;
  const headers = authorization ? { authorization } : {};
  const { status, body } = await http.request({ method: 'GET', url: agent, headers }, call);
  if (status !== 200) {
    const code = status >= 500 ? 'unavailable' : 'unauthenticated';
    throw new ProviderError(code, `the AWS agent on the node gave the operator’s Pod no keys (HTTP ${status})`);
  }
  const answer = readJson(body, 'the answer of the AWS agent on the node');
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
  } = isJsonObject(answer) ? answer : {};
  if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string' && typeof sessionToken === 'string') {
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  throw new ProviderError('unavailable', 'the AWS agent on the node answered without keys');
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new ProviderError('invalid-config', 'the operator’s Pod cannot read the AWS token that its variables name', {
      cause: error,
    });
  }
}

/** AWS' own SDKs send the authorization to these only, or by https. */
function isAgent(address: string): boolean {
  const url = URL.parse(address);
  const hosts = /^(169\.254\.170\.(2|23)|\[fd00:ec2::23\]|127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && hosts.test(url.hostname)));
}
