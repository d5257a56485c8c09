import { expect, test } from 'vitest';
import { goodPlugin } from '../http-provider.fixture.ts';
import { goodPackageJson, providerPackage } from '../provider-package.fixture.ts';
import { useSubject } from '../subject.fixture.ts';

const run = useSubject();

interface BadPackage {
  readonly fails: 'manifest' | 'schema' | 'importing';
  readonly because: string;
  readonly saying: RegExp;
  readonly packageJson?: object;
  readonly files?: Readonly<Record<string, string>>;
}

const esox = goodPackageJson.esox;
const schemaFile = (schema: object): Record<string, string> => ({
  'generated/schema.json': JSON.stringify({ id: 'http', description: 'd', schema }),
});
const entry = (text: string): Record<string, string> => ({ 'index.js': text });

const badPackages: readonly BadPackage[] = [
  {
    fails: 'manifest',
    because: 'it has none',
    saying: /no object "esox"/,
    packageJson: { name: 'x', version: '1.0.0' },
  },
  {
    fails: 'manifest',
    because: 'it names another provider',
    saying: /the code brings the providers http, the manifest names other/,
    packageJson: { ...goodPackageJson, esox: { ...esox, providers: ['other'] } },
  },
  {
    fails: 'manifest',
    because: 'it brings a core of its own',
    saying: /peerDependencies only/,
    packageJson: { ...goodPackageJson, dependencies: { '@esox/core': '^0.1.0' } },
  },
  {
    fails: 'schema',
    because: 'a node has no type',
    saying: /property url has no type/,
    files: schemaFile({ type: 'object', properties: { url: {} } }),
  },
  {
    fails: 'schema',
    because: 'it uses a reference',
    saying: /items uses \$ref/,
    files: schemaFile({ type: 'array', items: { $ref: '#/x' } }),
  },
  {
    fails: 'schema',
    because: 'the example is not valid',
    saying: /url is required/,
    files: { 'generated/example.yaml': 'spec: {provider: {http: {}}}' },
  },
  { fails: 'importing', because: 'it throws', saying: /an error: TypeError/, files: entry('null.x;') },
  {
    fails: 'importing',
    because: 'it connects',
    saying: /a connection/,
    files: entry("import net from 'node:net'; net.connect(1, '127.0.0.1').on('error', () => {});"),
  },
  {
    fails: 'importing',
    because: 'it listens',
    saying: /a listener/,
    files: entry("import http from 'node:http'; http.createServer().listen(0, '127.0.0.1');"),
  },
  { fails: 'importing', because: 'it starts a timer', saying: /a timer/, files: entry('setInterval(() => {}, 1000);') },
  {
    fails: 'importing',
    because: 'it writes a file',
    saying: /FileSystemWrite/,
    files: entry("import fs from 'node:fs'; fs.writeFileSync('x', 'x');"),
  },
  {
    fails: 'importing',
    because: 'it starts a process',
    saying: /ChildProcess/,
    files: entry("import { execFileSync } from 'node:child_process'; execFileSync('true');"),
  },
];

test.each(badPackages)('$fails fails, when $because', async ({ fails, saying, packageJson, files }) => {
  await using broken = await providerPackage(packageJson, files);
  await expect(run(fails, goodPlugin, { packageJson: broken.packageJson })).rejects.toThrow(saying);
});
