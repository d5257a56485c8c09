import { z } from 'zod';
import { caProvider, secretKeySelector } from '@esox/provider-kit';

const required = { 'x-esox-required': true };

/** How many of the fields are set. */
function count(...fields: readonly unknown[]): number {
  return fields.filter((field) => field !== undefined).length;
}

const oneRole = 'appRole needs exactly one of roleId and roleRef';
const oneMethod = 'auth needs exactly one of appRole, tokenSecretRef and userPass';
const oneAuthority = 'caBundle and caProvider exclude each other';

const appRole = z
  .object({
    path: z.string().default('approle').describe('Path of the AppRole login.').meta(required),
    roleId: z.string().min(1).describe('Role ID. Either this or roleRef.').optional(),
    roleRef: secretKeySelector.describe('Secret that holds the role ID.').optional(),
    secretRef: secretKeySelector.describe('Secret that holds the secret ID.'),
  })
  .refine(({ roleId, roleRef }) => count(roleId, roleRef) === 1, oneRole)
  .meta({
    description: 'Logs in with a role ID and a secret ID.',
    cel: [{ rule: 'has(self.roleId) != has(self.roleRef)', message: oneRole }],
  });

const userPass = z
  .object({
    path: z.string().default('userpass').describe('Path of the userpass login.').meta(required),
    username: z.string().describe('Name of the user.'),
    secretRef: secretKeySelector.describe('Secret that holds the password.').optional(),
  })
  .describe('Logs in with a user name and a password.');

const auth = z
  .object({
    namespace: z.string().describe('Namespace of the login, where it is not that of the secrets.').optional(),
    tokenSecretRef: secretKeySelector.describe('Secret that holds a token.').optional(),
    appRole: appRole.optional(),
    userPass: userPass.optional(),
  })
  .refine((value) => count(value.appRole, value.tokenSecretRef, value.userPass) === 1, oneMethod)
  .meta({
    description: 'How to log in. Without auth no token is sent, for an agent that adds its own.',
    cel: [
      {
        rule: '[has(self.appRole), has(self.tokenSecretRef), has(self.userPass)].exists_one(method, method)',
        message: oneMethod,
      },
    ],
  });

/** `spec.provider.openBao` */
export const config = z
  .object({
    server: z.string().describe('URL of the server, such as https://openbao.example.com:8200.'),
    path: z.string().describe('Path of the KV secrets engine; without it, kv.').optional(),
    version: z.enum(['v1', 'v2']).default('v2').describe('Version of the KV secrets engine.'),
    namespace: z.string().describe('Namespace of the secrets.').optional(),
    auth: auth.optional(),
    caBundle: z
      .string()
      .describe('Certificates of the authorities to trust, PEM in base64, in place of the system’s.')
      .meta({ format: 'byte' })
      .optional(),
    caProvider: caProvider
      .describe('Object that holds the certificates of the authorities to trust. Either this or caBundle.')
      .optional(),
  })
  .refine(({ caBundle, caProvider: provider }) => count(caBundle, provider) < 2, oneAuthority)
  .meta({
    description: 'Secrets of OpenBao’s KV secrets engine.',
    example: {
      server: 'https://openbao.example.com:8200',
      path: 'secret',
      version: 'v2',
      auth: { appRole: { path: 'approle', roleId: 'my-role', secretRef: { name: 'openbao-login', key: 'secret-id' } } },
    },
    cel: [{ rule: '!(has(self.caBundle) && has(self.caProvider))', message: oneAuthority }],
  });

export type OpenBaoConfig = z.output<typeof config>;
