import { expect, test } from 'vitest';
import { encodePath, folderPath, secretPath } from './paths.ts';

test.each([
  // engine in the store, version, key, data, metadata
  ['secret', 'v2', 'app', 'secret/data/app', 'secret/metadata/app'],
  ['secret', 'v2', 'a/b', 'secret/data/a/b', 'secret/metadata/a/b'],
  ['secret', 'v2', 'secret/app', 'secret/data/app', 'secret/metadata/app'],
  ['secret', 'v2', 'secret/data/app', 'secret/data/app', 'secret/metadata/app'],
  ['secret', 'v2', 'data/app', 'secret/data/data/app', 'secret/metadata/data/app'],
  ['secret', 'v2', 'secrets/app', 'secret/data/secrets/app', 'secret/metadata/secrets/app'],
  ['team/kv', 'v2', 'team/kv/app', 'team/kv/data/app', 'team/kv/metadata/app'],
  ['kv', 'v1', 'app', 'kv/app', 'kv/app'],
  ['kv', 'v1', 'kv/data/app', 'kv/data/app', 'kv/data/app'],
  [undefined, 'v2', 'secret/app', 'secret/data/app', 'secret/metadata/app'],
  [undefined, 'v2', 'secret/data/app', 'secret/data/app', 'secret/metadata/app'],
  [undefined, 'v2', 'team/kv/data/a/data/b', 'team/kv/data/a/data/b', 'team/kv/metadata/a/data/b'],
  [undefined, 'v1', 'kv/app', 'kv/app', 'kv/app'],
] as const)('engine %s, %s: %s', (path, version, key, data, metadata) => {
  expect(secretPath(key, 'data', { path, version }).path).toBe(data);
  expect(secretPath(key, 'metadata', { path, version }).path).toBe(metadata);
});

test('the engine is told apart from what is in it', () => {
  expect(secretPath('a/b', 'data', { path: 'team/kv', version: 'v2' }).engine).toBe('team/kv');
  expect(secretPath('team/kv/data/b', 'data', { path: undefined, version: 'v2' }).engine).toBe('team/kv');
  expect(secretPath('kv/a/b', 'data', { path: undefined, version: 'v1' }).engine).toBe('kv/a/b');
});

test('a key without a secret is refused', () => {
  for (const key of ['', '/', 'secret/', 'secret/data/']) {
    expect(() => secretPath(key, 'data', { path: 'secret', version: 'v2' })).toThrow('names no secret');
  }
  expect(() => secretPath('secret', 'data', { path: undefined, version: 'v2' })).toThrow('names no secret');
});

test('folders are listed under metadata on v2', () => {
  expect(folderPath('', { path: 'secret', version: 'v2' }).path).toBe('secret/metadata');
  expect(folderPath('a/b', { path: 'secret', version: 'v2' }).path).toBe('secret/metadata/a/b');
  expect(folderPath('', { path: 'kv', version: 'v1' }).path).toBe('kv');
  expect(folderPath('secret/data', { path: undefined, version: 'v2' }).path).toBe('secret/metadata');
  expect(folderPath('secret', { path: undefined, version: 'v2' }).path).toBe('secret/metadata');
  expect(() => folderPath('', { path: undefined, version: 'v2' })).toThrow('find needs path');
});

test('a path is encoded segment by segment', () => {
  expect(encodePath('/a//b c/50%/x?y#z/ü/')).toBe('a/b%20c/50%25/x%3Fy%23z/%C3%BC');
  expect(encodePath('a/...')).toBe('a/...');
  for (const path of ['..', 'a/../b', '.', 'a/./b']) expect(() => encodePath(path)).toThrow('segments');
  expect(encodePath('\ud800')).toBe('%EF%BF%BD');
});
