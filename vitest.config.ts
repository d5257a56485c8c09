import { defineConfig } from 'vitest/config';

// Workspace packages are run from their sources; `esox-source` is the export condition that names them.
const conditions = ['esox-source', 'node', 'import', 'module', 'default'];
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
        },
      },
    ],
  },
});
