import type { KubeClient } from '@esox/testbed';
import { policies } from './policies.ts';

/** They are in force a moment later. */
export async function installPolicies(client: KubeClient): Promise<void> {
  for (const policy of policies()) {
    const plural =
      policy.kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
    await client.call({ method: 'POST', path: `/apis/admissionregistration.k8s.io/v1/${plural}`, body: policy });
  }
}
