import { type Call, type Host, ProviderError } from '@esox/core';
import type { SecretKeySelector, ServiceAccountSelector } from '@esox/provider-kit';
import { ambientKeys } from './aws-ambient-keys.ts';
import { type AwsKeys, defaultRegion, sessionName, type Sts, temporaryKeys } from './aws-sts.ts';
import type { VaultAuth } from './config.ts';

type Settings = NonNullable<VaultAuth['iam']>;

/** Of a ServiceAccount, else from a Secret, else of the operator itself; exchanged for those of a role where one is named. */
export async function awsKeys(settings: Settings, host: Host, call: Call): Promise<AwsKeys> {
  await using http = host.http();
  const { role, externalID } = settings;
  const region = settings.region || defaultRegion;
  const sts = { region, environment: host.environment, http };
  const keys = await ownKeys(settings, sts, host, call);
  if (!role) return keys;
  const parameters = {
    Action: 'AssumeRole',
    RoleArn: role,
    RoleSessionName: sessionName,
    DurationSeconds: '900',
    ...(externalID && { ExternalId: externalID }),
  };
  return await temporaryKeys(parameters, { ...sts, signer: keys }, call);
}

async function ownKeys({ jwt, secretRef }: Settings, sts: Sts, host: Host, call: Call): Promise<AwsKeys> {
  if (jwt?.serviceAccountRef) return await serviceAccountKeys(jwt.serviceAccountRef, sts, host, call);
  if (secretRef) return await secretKeys(secretRef, host, call);
  return await ambientKeys(sts, call);
}

async function serviceAccountKeys(ref: ServiceAccountSelector, sts: Sts, host: Host, call: Call): Promise<AwsKeys> {
  const annotations = await host.serviceAccountAnnotations(ref, call);
  const role = annotations['eks.amazonaws.com/role-arn'];
  if (!role) {
    throw new ProviderError(
      'invalid-config',
      `ServiceAccount "${ref.name}" has no annotation eks.amazonaws.com/role-arn: it names the AWS role to log in with`,
    );
  }
  const audiences = [annotations['eks.amazonaws.com/audience'] ?? 'sts.amazonaws.com', ...(ref.audiences ?? [])];
  const token = await host.serviceAccountToken(ref, { audiences }, call);
  const parameters = {
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: role,
    RoleSessionName: sessionName,
    WebIdentityToken: token.openText(),
  };
  return await temporaryKeys(parameters, sts, call);
}

async function secretKeys(refs: NonNullable<Settings['secretRef']>, host: Host, call: Call): Promise<AwsKeys> {
  const { accessKeyIDSecretRef, secretAccessKeySecretRef, sessionTokenSecretRef } = refs;
  if (!accessKeyIDSecretRef || !secretAccessKeySecretRef) {
    throw new ProviderError(
      'invalid-config',
      'auth.iam.secretRef needs accessKeyIDSecretRef and secretAccessKeySecretRef',
    );
  }
  const text = async (ref: SecretKeySelector): Promise<string> => (await host.secret(ref, call)).openText().trim();
  const [accessKeyId, secretAccessKey, sessionToken] = await Promise.all([
    text(accessKeyIDSecretRef),
    text(secretAccessKeySecretRef),
    sessionTokenSecretRef && text(sessionTokenSecretRef),
  ]);
  return { accessKeyId, secretAccessKey, sessionToken };
}
