import { z } from 'zod';
import { caProvider, secretKeySelector, serviceAccountSelector } from '@esox/provider-kit';

const remoteNamespace = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

function namesBoth({ name, key }: { name?: string | undefined; key?: string | undefined }): boolean {
  return name !== undefined && key !== undefined;
}

const bothNames = 'name and key must be set';
const celNamesBoth = [{ rule: 'has(self.name) && has(self.key)', message: bothNames }];

function secretKey(what: string) {
  return secretKeySelector
    .refine(namesBoth, bothNames)
    .meta({ title: 'SecretKeySelector', description: `Secret that holds ${what}.`, cel: celNamesBoth });
}

const server = z
  .object({
    url: z.string().default('kubernetes.default').describe('URL of the API server. Without a scheme, https is meant.'),
    caBundle: z
      .string()
      .describe('Certificates of the authorities to trust, PEM in base64, in place of the system’s.')
      .meta({ format: 'byte' })
      .optional(),
    caProvider: caProvider.describe('Object that holds the certificates of the authorities to trust.').optional(),
  })
  .describe('The API server. Without it, https://kubernetes.default.');

const auth = z
  .object({
    cert: z
      .object({
        clientCert: secretKey('the client certificate'),
        clientKey: secretKey('its private key'),
      })
      .describe('Logs in with a TLS client certificate.')
      .optional(),
    token: z
      .object({ bearerToken: secretKey('the token') })
      .describe('Logs in with a token from a Secret.')
      .optional(),
    serviceAccount: serviceAccountSelector
      .describe('ServiceAccount to log in as; a token of one hour is requested for it.')
      .optional(),
  })
  .refine((methods) => Object.values(methods).filter((method) => method !== undefined).length === 1, {
    error: 'set exactly one of cert, token and serviceAccount',
  })
  .meta({
    description: 'How to log in. Without auth and authRef nobody is logged in.',
    minProperties: 1,
    maxProperties: 1,
  });

/** `spec.provider.kubernetes` */
export const config = z
  .object({
    server: server.optional(),
    auth: auth.optional(),
    authRef: secretKeySelector
      .describe(
        'Secret that holds a kubeconfig: server, trust and login in one. The field server is not looked at then.',
      )
      .optional(),
    remoteNamespace: remoteNamespace.default('default').describe('Namespace of the Secrets.'),
  })
  .refine((settings) => !(settings.auth && settings.authRef), 'authRef and auth cannot both be set')
  .meta({
    description: 'Secrets of another Kubernetes cluster, or of another namespace of this one.',
    cel: [{ rule: '!(has(self.auth) && has(self.authRef))', message: 'authRef and auth cannot both be set' }],
    example: {
      server: {
        url: 'https://cluster-b.example.com:6443',
        caProvider: { type: 'ConfigMap', name: 'cluster-b', key: 'ca.crt' },
      },
      auth: { token: { bearerToken: { name: 'cluster-b', key: 'token' } } },
      remoteNamespace: 'shared',
    },
  });

export type KubernetesConfig = z.output<typeof config>;
