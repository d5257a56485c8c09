import type { Plugin } from '@esox/core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Backend, Facts } from './backend.ts';
import { providerOf } from './check.ts';
import { checks } from './checks/index.ts';

/** Several calls, a client that may not answer, and the wait for its sockets. */
const CHECK_TIMEOUT_MS = 60_000;

/**
 * Registers one vitest test for each promise of the contract that `facts` and the provider's capabilities bring with
 * them. One backend serves all of them: each test uses keys of its own and leaves no fault switched on.
 */
export function conformance(plugin: Plugin, startBackend: () => Promise<Backend>, facts: Facts): void {
  const provider = providerOf(plugin);
  describe(`conformance of ${provider.id}`, () => {
    let backend: Backend | undefined;
    beforeAll(async () => {
      backend = await startBackend();
    });
    afterAll(async () => {
      await backend?.[Symbol.asyncDispose]();
    });
    for (const check of Object.values(checks)) {
      if (!check.applies(provider, facts)) continue;
      test(
        check.title,
        async () => {
          if (!backend) throw new Error('the backend did not start');
          await check.run({ plugin, facts, backend });
        },
        CHECK_TIMEOUT_MS,
      );
    }
  });
}
