export interface KubeconfigInput {
  url: string;
  token: string;
  /** Not wanted for a plain http URL, such as a fault proxy's. */
  caPem?: string;
  namespace?: string;
}

/** A kubeconfig with one context. It is JSON, which every YAML parser reads. */
export function kubeconfigText({ url, token, caPem, namespace }: KubeconfigInput): string {
  const ca = caPem === undefined ? {} : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  const name = 'testbed';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, ...ca } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: namespace ?? 'default' } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
