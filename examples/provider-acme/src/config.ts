import { secretKeySelector } from '@esox/provider-kit';
import { z } from 'zod';

/** `spec.provider.acme` */
export const config = z
  .object({
    server: z
      .string()
      .min(1)
      .regex(/^https?:\/\//)
      .describe('Address of the ACME vault, for example `https://vault.acme.example`.'),
    user: z.string().min(1).describe('User that logs in.'),
    passwordSecretRef: secretKeySelector.describe('Where the password of that user is.'),
  })
  .meta({
    description: 'The ACME vault.',
    example: {
      server: 'https://vault.acme.example',
      user: 'esox',
      passwordSecretRef: { name: 'acme-login', key: 'password' },
    },
  });

export type AcmeConfig = z.output<typeof config>;
