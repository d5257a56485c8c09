import { z } from 'zod';
import { caProvider, secretKeySelector, serviceAccountSelector } from '@esox/provider-kit';

const required = { 'x-esox-required': true };

function bothOrNeither({ certSecretRef, keySecretRef }: { certSecretRef?: unknown; keySecretRef?: unknown }): boolean {
  return (certSecretRef === undefined) === (keySecretRef === undefined);
}

const appRole = z
  .object({
    path: z.string().default('approle').describe('Path of the AppRole login.').meta(required),
    roleId: z.string().describe('Role ID. Either this or roleRef.').optional(),
    roleRef: secretKeySelector.describe('Secret that holds the role ID.').optional(),
    secretRef: secretKeySelector.describe('Secret that holds the secret ID.'),
  })
  .refine(({ roleId, roleRef }) => roleId || roleRef, 'appRole needs roleId or roleRef')
  .meta({
    description: 'Logs in with a role ID and a secret ID.',
    cel: [
      {
        rule: '(has(self.roleId) && size(self.roleId) > 0) || has(self.roleRef)',
        message: 'appRole needs roleId or roleRef',
      },
    ],
  });

const kubernetes = z
  .object({
    mountPath: z.string().default('kubernetes').describe('Path of the Kubernetes login.').meta(required),
    role: z.string().describe('Role of the login.'),
    serviceAccountRef: serviceAccountSelector
      .describe('ServiceAccount to log in as; a token of 10 minutes is requested for it.')
      .optional(),
    secretRef: secretKeySelector
      .describe('Secret that holds a ServiceAccount token, by default under the key token.')
      .optional(),
  })
  .describe(
    'Logs in with a Kubernetes ServiceAccount: serviceAccountRef, else secretRef, else the operator’s own ServiceAccount.',
  );

function passwordLogin(path: string, what: string) {
  return z
    .object({
      path: z.string().default(path).describe(`Path of the ${what} login.`).meta(required),
      username: z.string().describe('Name of the user.'),
      secretRef: secretKeySelector.describe('Secret that holds the password.').optional(),
    })
    .describe(`Logs in with a user name and a password (${what}).`);
}

const kubernetesServiceAccountToken = z
  .object({
    serviceAccountRef: serviceAccountSelector.describe('ServiceAccount that the token is requested for.'),
    audiences: z
      .array(z.string())
      .describe('Audiences of the token, beside those of serviceAccountRef; without it, vault.')
      .meta({ deprecated: true })
      .optional(),
    expirationSeconds: z
      .int()
      .describe('Life of the token in seconds; without it, 600.')
      .meta({ format: 'int64', deprecated: true })
      .optional(),
  })
  .describe('Requests a token of a ServiceAccount.');

const jwt = z
  .object({
    path: z.string().default('jwt').describe('Path of the JWT login.').meta(required),
    role: z.string().describe('Role of the login; without it, the default role of the login.').optional(),
    secretRef: secretKeySelector
      .describe('Secret that holds the JWT. Either this or kubernetesServiceAccountToken.')
      .optional(),
    kubernetesServiceAccountToken: kubernetesServiceAccountToken.optional(),
  })
  .refine((value) => value.secretRef || value.kubernetesServiceAccountToken, {
    error: 'jwt needs secretRef or kubernetesServiceAccountToken',
  })
  .meta({
    description: 'Logs in with a JWT or OIDC token.',
    cel: [
      {
        rule: 'has(self.secretRef) || has(self.kubernetesServiceAccountToken)',
        message: 'jwt needs secretRef or kubernetesServiceAccountToken',
      },
    ],
  });

const cert = z
  .object({
    path: z.string().default('cert').describe('Path of the certificate login.').optional(),
    vaultRole: z.string().describe('Certificate role to try; without it, all.').optional(),
    clientCert: secretKeySelector.describe('Secret that holds the client certificate.').optional(),
    secretRef: secretKeySelector.describe('Secret that holds the private key.').optional(),
  })
  .describe('Logs in with a TLS client certificate.');

const iam = z
  .object({
    path: z.string().describe('Path of the AWS login; without it, aws.').optional(),
    region: z.string().describe('AWS region; without it, us-east-1.').optional(),
    role: z.string().describe('AWS role to assume before the login.').optional(),
    externalID: z.string().describe('External ID for assuming the AWS role.').optional(),
    vaultRole: z.string().describe('Role of the login.'),
    vaultAwsIamServerID: z.string().describe('Value of the header X-Vault-AWS-IAM-Server-ID.').optional(),
    secretRef: z
      .object({
        accessKeyIDSecretRef: secretKeySelector.describe('Secret that holds the access key ID.').optional(),
        secretAccessKeySecretRef: secretKeySelector.describe('Secret that holds the secret access key.').optional(),
        sessionTokenSecretRef: secretKeySelector.describe('Secret that holds the session token.').optional(),
      })
      .describe('AWS access keys.')
      .optional(),
    jwt: z
      .object({
        serviceAccountRef: serviceAccountSelector.describe('ServiceAccount with an AWS role.').optional(),
      })
      .describe('AWS credentials of a ServiceAccount.')
      .optional(),
  })
  .describe('Logs in with AWS credentials.');

const gcp = z
  .object({
    path: z.string().default('gcp').describe('Path of the Google Cloud login.').optional(),
    role: z.string().describe('Role of the login.'),
    projectID: z.string().describe('Google Cloud project.').optional(),
    location: z.string().describe('Google Cloud location.').optional(),
    secretRef: z
      .object({
        secretAccessKeySecretRef: secretKeySelector.describe('Secret that holds a service account key.').optional(),
      })
      .describe('Google Cloud credentials.')
      .optional(),
    workloadIdentity: z
      .object({
        serviceAccountRef: serviceAccountSelector.describe('ServiceAccount with a workload identity.'),
        clusterLocation: z.string().describe('Location of the cluster.').optional(),
        clusterName: z.string().describe('Name of the cluster.').optional(),
        clusterProjectID: z.string().describe('Project of the cluster.').optional(),
      })
      .describe('Workload identity of a ServiceAccount.')
      .optional(),
    serviceAccountRef: serviceAccountSelector.describe('ServiceAccount to log in as.').optional(),
  })
  .describe('Logs in with Google Cloud credentials.');

const auth = z
  .object({
    namespace: z.string().describe('Vault namespace of the login, where it is not that of the secrets.').optional(),
    tokenSecretRef: secretKeySelector.describe('Secret that holds a Vault token.').optional(),
    appRole: appRole.optional(),
    kubernetes: kubernetes.optional(),
    ldap: passwordLogin('ldap', 'LDAP').optional(),
    userPass: passwordLogin('userpass', 'userpass').optional(),
    jwt: jwt.optional(),
    cert: cert.optional(),
    iam: iam.optional(),
    gcp: gcp.optional(),
  })
  .describe(
    'How to log in. Of several methods the first one counts, in the order tokenSecretRef, appRole, kubernetes, ldap, ' +
      'userPass, jwt, cert, iam, gcp. Without auth no token is sent, for a Vault agent that adds its own.',
  );

/** `spec.provider.vault` */
export const config = z
  .object({
    server: z.string().describe('URL of the server, such as https://vault.example.com:8200.'),
    path: z
      .string()
      .describe('Path of the KV secrets engine, such as secret. Without it every key starts with it.')
      .optional(),
    version: z.enum(['v1', 'v2']).default('v2').describe('Version of the KV secrets engine.'),
    namespace: z.string().describe('Vault namespace (Vault Enterprise).').optional(),
    auth: auth.optional(),
    caBundle: z
      .string()
      .describe('Certificates of the authorities to trust, PEM in base64, in place of the system’s.')
      .meta({ format: 'byte' })
      .optional(),
    caProvider: caProvider.describe('Object that holds the certificates of the authorities to trust.').optional(),
    tls: z
      .object({
        certSecretRef: secretKeySelector
          .describe('Secret that holds the client certificate, by default under the key tls.crt.')
          .optional(),
        keySecretRef: secretKeySelector
          .describe('Secret that holds its private key, by default under the key tls.key.')
          .optional(),
      })
      .refine(bothOrNeither, 'tls needs certSecretRef and keySecretRef: set both or neither')
      .meta({
        description: 'Client certificate for the connection.',
        cel: [
          {
            rule: 'has(self.certSecretRef) == has(self.keySecretRef)',
            message: 'tls needs certSecretRef and keySecretRef: set both or neither',
          },
        ],
      })
      .optional(),
    headers: z.record(z.string(), z.string()).describe('Headers that every request carries.').optional(),
    readYourWrites: z
      .boolean()
      .describe('Read only from a node that has seen the last answer (Vault Enterprise).')
      .optional(),
    forwardInconsistent: z
      .boolean()
      .describe(
        'Together with readYourWrites: a node that lags behind forwards to the active one (Vault Enterprise; the ' +
          'community edition refuses such requests).',
      )
      .optional(),
    checkAndSet: z
      .object({
        required: z.boolean().describe('Whether every write is a check-and-set write. Version v2 only.').optional(),
      })
      .describe('Check-and-set for writes.')
      .optional(),
  })
  .refine(({ version, checkAndSet }) => !(checkAndSet?.required && version === 'v1'), {
    error: 'checkAndSet.required needs version v2: version v1 of the KV secrets engine has no check-and-set',
    path: ['checkAndSet', 'required'],
  })
  .meta({
    description: 'Secrets of HashiCorp Vault’s KV secrets engine.',
    example: {
      server: 'https://vault.example.com:8200',
      path: 'secret',
      version: 'v2',
      auth: { appRole: { path: 'approle', roleId: 'my-role', secretRef: { name: 'vault-login', key: 'secret-id' } } },
    },
    cel: [
      {
        rule: "!(has(self.checkAndSet) && has(self.checkAndSet.required) && self.checkAndSet.required && has(self.version) && self.version == 'v1')",
        message: 'checkAndSet.required needs version v2: version v1 of the KV secrets engine has no check-and-set',
        fieldPath: '.checkAndSet.required',
      },
    ],
  });

export type VaultConfig = z.output<typeof config>;
export type VaultAuth = z.output<typeof auth>;
