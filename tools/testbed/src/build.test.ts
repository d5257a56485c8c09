import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { kubebuilderAsset } from './build.ts';
import { isNewEnough } from './go-toolchain.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

test('the assets folder of envtest is used when it has both servers', async () => {
  const folder = await temporaryFolder('assets');
  onTestFinished(() => removeTemporaryFolder(folder));
  await writeFile(join(folder, 'etcd'), '');
  expect(kubebuilderAsset('etcd', folder)).toBeUndefined();
  await writeFile(join(folder, 'kube-apiserver'), '');
  expect(kubebuilderAsset('etcd', folder)).toBe(join(folder, 'etcd'));
  expect(kubebuilderAsset('kube-apiserver', folder)).toBe(join(folder, 'kube-apiserver'));
  expect(kubebuilderAsset('kubectl', folder)).toBeUndefined();
  expect(kubebuilderAsset('vault', folder)).toBeUndefined();
});

test('no assets folder', () => {
  expect(kubebuilderAsset('etcd', '')).toBeUndefined();
});

test.each([
  ['go1.26.8', true],
  ['go1.26', true],
  ['go1.27rc1', true],
  ['go2.0', true],
  ['devel', true],
  ['go1.25.9', false],
  ['go1.9', false],
])('Go %s builds the servers: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
