/** How far the clusters that a server belongs to had come when it answered. */
interface ReplicationState {
  readonly cluster: string;
  readonly local: bigint;
  readonly replicated: bigint;
}

/**
 * The later of two states, as `X-Vault-Index` gives them: requests that run at the same time are answered in any order, and
 * one that overtook a write must not take its state back. Of states that cannot be compared it is the one just answered.
 */
export function laterState(known: string | undefined, answered: string | undefined): string | undefined {
  if (known === undefined || answered === undefined) return answered ?? known;
  const [before, now] = [parsed(known), parsed(answered)];
  if (!before || !now || before.cluster !== now.cluster) return answered;
  return before.local >= now.local && before.replicated >= now.replicated ? known : answered;
}

/** Base64 of `v1:cluster:local index:replicated index:signature`. */
function parsed(header: string): ReplicationState | undefined {
  const text = Buffer.from(header, 'base64').toString();
  const [, cluster = '', local = '', replicated = ''] = /^v1:([^:]+):(\d+):(\d+):[0-9a-f]+$/.exec(text) ?? [];
  return cluster === '' ? undefined : { cluster, local: BigInt(local), replicated: BigInt(replicated) };
}
