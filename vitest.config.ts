import { defineConfig } from 'vitest/config';

// Workspace packages are run from their sources; `esox-source` is the export condition that names them. The others are
// Node's own: `module` would lead to files for bundlers.
const conditions = ['esox-source', 'node', 'import', 'default'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};
const sources = ['packages/**/src/**', 'apps/**/src/**', 'tools/**/src/**'];

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: sources.map((folder) => `${folder}/*.test.ts`),
          exclude: ['**/*.live.test.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 20_000,
          // They wait more than they compute.
          maxWorkers: 4,
          // Before the tests with servers: Vitest runs projects together only with equally many workers.
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'live',
          include: sources.map((folder) => `${folder}/*.live.test.ts`),
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: ['./tools/testbed/src/vitest-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Two cores carry the API server, etcd and Vault as well.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
