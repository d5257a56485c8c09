import type { Plugin } from '@esox/core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Facts } from './backend.ts';
import { providerOf } from './check.ts';
import { checks } from './checks/index.ts';
import { goodPlugin } from './http-provider.fixture.ts';
import { type ProviderPackage, providerPackage } from './provider-package.fixture.ts';
import { type SecretServer, secretServer } from './secret-server.fixture.ts';

export type CheckName = keyof typeof checks;

/** Starts the server before the tests of a file, and answers what runs one check against it. */
export function useSubject(): (name: CheckName, plugin?: Plugin, changed?: Partial<Facts>) => Promise<void> {
  let backend: SecretServer;
  let packaged: ProviderPackage;
  beforeAll(async () => {
    backend = await secretServer();
    packaged = await providerPackage();
  });
  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    await packaged[Symbol.asyncDispose]();
  });
  return async (name, plugin = goodPlugin, changed = {}) => {
    const facts: Facts = {
      packageJson: packaged.packageJson,
      content: 'bytes',
      faults: ['login', 'denied', 'throttled', 'outage', 'hang'],
      login: true,
      retryAfter: true,
      guardsOthers: true,
      ...changed,
    };
    expect(checks[name].applies(providerOf(plugin), facts)).toBe(true);
    await checks[name].run({ plugin, facts, backend });
  };
}
