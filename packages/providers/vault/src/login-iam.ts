import { awsKeys } from './aws-keys.ts';
import { defaultRegion, signedCallerIdentityRequest } from './aws-sts.ts';
import type { VaultAuth } from './config.ts';
import { attempt, type LoginMethod } from './login-methods.ts';

/** Vault sends the signed request on to AWS, and so learns whose keys signed it. */
export function iamMethod(settings: NonNullable<VaultAuth['iam']>): LoginMethod {
  const { path = 'aws', vaultRole, vaultAwsIamServerID: serverId, secretRef, jwt } = settings;
  const region = settings.region || defaultRegion;
  return {
    name: 'iam',
    references: jwt?.serviceAccountRef
      ? [jwt.serviceAccountRef]
      : [secretRef?.accessKeyIDSecretRef, secretRef?.secretAccessKeySecretRef, secretRef?.sessionTokenSecretRef],
    async logIn(api, host, call) {
      const keys = await awsKeys(settings, host, call);
      const { method, url, headers, body } = await signedCallerIdentityRequest(keys, region, serverId);
      const login = {
        role: vaultRole,
        iam_http_request_method: method,
        iam_request_url: base64(url),
        iam_request_headers: base64(JSON.stringify(headers)),
        iam_request_body: base64(body),
      };
      return await attempt('iam', path, () => api.awsIamLogin(path, login, call));
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
