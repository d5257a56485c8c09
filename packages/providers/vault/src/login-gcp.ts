import type { Call, Host } from '@esox/core';
import type { VaultAuth } from './config.ts';
import { signedByKey } from './google-key.ts';
import { instanceIdentity } from './google-metadata.ts';
import { signedByWorkloadIdentity, type WorkloadIdentity } from './google-workload-identity.ts';
import { attempt, type LoginMethod } from './login-methods.ts';

type Settings = NonNullable<VaultAuth['gcp']>;

/** Vault asks for tokens of at most 15 minutes; this leaves room for clocks that differ. */
const lifeMs = 10 * 60_000;

/** A service account signs for itself, or the instance that the operator runs on identifies itself. */
export function gcpMethod(settings: Settings, server: string): LoginMethod {
  const { path = 'gcp', role, secretRef } = settings;
  return {
    name: 'gcp',
    references: [secretRef?.secretAccessKeySecretRef ?? workloadIdentityOf(settings)?.serviceAccountRef],
    async logIn(api, host, call) {
      const jwt = await tokenFor(settings, server, host, call);
      return await attempt('gcp', path, () => api.gcpLogin(path, { role, jwt }, call));
    },
  };
}

async function tokenFor(settings: Settings, server: string, host: Host, call: Call): Promise<string> {
  const { role, secretRef } = settings;
  const claims = { aud: `vault/${role}`, exp: Math.floor((host.clock.now() + lifeMs) / 1000) };
  if (secretRef?.secretAccessKeySecretRef) {
    return signedByKey(await host.secret(secretRef.secretAccessKeySecretRef, call), claims);
  }
  const identity = workloadIdentityOf(settings);
  if (identity) return await signedByWorkloadIdentity(identity, claims, host, call);
  return await instanceIdentity(`${server}/vault/${role}`, host, call);
}

function workloadIdentityOf({
  workloadIdentity,
  serviceAccountRef,
  projectID,
  location,
}: Settings): WorkloadIdentity | undefined {
  if (workloadIdentity) {
    const { clusterProjectID = projectID, ...rest } = workloadIdentity;
    return { ...rest, clusterProjectID };
  }
  return serviceAccountRef && { serviceAccountRef, clusterProjectID: projectID, clusterLocation: location };
}
