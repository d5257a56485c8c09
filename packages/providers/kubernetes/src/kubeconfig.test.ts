import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Sealed } from '@esox/core';
import { readKubeconfig } from './kubeconfig.ts';

const canary = 'canary-4711';

interface Parts {
  readonly cluster?: object;
  readonly user?: object | null;
  readonly more?: object;
}

function kubeconfig({ cluster = {}, user = { token: canary }, more = {} }: Parts = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'two',
    clusters: [
      { name: 'other', cluster: { server: 'https://other.example' } },
      { name: 'a', cluster: { server: 'https://k.example:6443/', ...cluster } },
    ],
    contexts: [
      { name: 'one', context: { cluster: 'other', user: 'nobody' } },
      { name: 'two', context: { cluster: 'a', user: 'jane', namespace: 'team' } },
    ],
    users: [{ name: 'jane', user }],
    preferences: {},
    ...more,
  };
}

const read = (content: object | string) =>
  readKubeconfig(Sealed.text(typeof content === 'string' ? content : stringify(content)));

function failure(content: object | string): { code: string; message: string } {
  try {
    read(content);
  } catch (error) {
    expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain(canary);
    return error as { code: string; message: string };
  }
  throw new Error('it was taken');
}

test('takes server, trust and token of the current context', () => {
  const ca = '-----BEGIN CERTIFICATE-----';
  const cluster = {
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
    'tls-server-name': 'kubernetes',
    'proxy-url': 'http://proxy.example:3128',
  };
  const { url, http, token } = read(kubeconfig({ cluster }));
  expect(url).toBe('https://k.example:6443');
  expect(Buffer.from(http.ca ?? []).toString()).toBe(ca);
  expect(http).toMatchObject({ serverName: 'kubernetes', proxy: 'http://proxy.example:3128' });
  expect(token?.openText()).toBe(canary);
});

test('JSON is YAML, and a user may be missing or empty', () => {
  expect(read(JSON.stringify(kubeconfig())).token?.openText()).toBe(canary);
  expect(read(kubeconfig({ user: null })).token).toBeUndefined();
  expect(read(kubeconfig({ user: {} })).http).toEqual({});
  const contexts = [{ name: 'two', context: { cluster: 'a' } }];
  expect(read(kubeconfig({ more: { contexts, users: null } })).token).toBeUndefined();
});

const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/aws', args: [canary] };

test.each([
  ['a program', { user: { exec } }, /^exec .*would run a program/],
  ['a program beside a token', { user: { exec, token: canary } }, /^exec .*would run a program/],
  [
    'a plugin',
    { user: { 'auth-provider': { name: 'oidc', config: { 'id-token': canary } } } },
    /^auth-provider .*plugin/,
  ],
  ['a password', { user: { username: 'jane', password: canary } }, /^username .*passwords/],
  ['somebody else', { user: { token: canary, as: 'admin' } }, /^as .*somebody else/],
  ['groups of somebody else', { user: { token: canary, 'as-groups': ['system:masters'] } }, /^as-groups /],
  ['a UID of somebody else', { user: { token: canary, 'as-uid': '1' } }, /^as-uid /],
  ['more of somebody else', { user: { token: canary, 'as-user-extra': { a: ['b'] } } }, /^as-user-extra /],
  ['a token in a file', { user: { tokenFile: '/etc/passwd' } }, /^tokenFile .*into token/],
  ['a certificate in a file', { user: { 'client-certificate': '/etc/passwd' } }, /into client-certificate-data/],
  ['a key in a file', { user: { 'client-key': '/etc/passwd' } }, /into client-key-data/],
  ['a CA in a file', { cluster: { 'certificate-authority': '/etc/passwd' } }, /into certificate-authority-data/],
  ['no check of certificates', { cluster: { 'insecure-skip-tls-verify': true } }, /^insecure-skip-tls-verify /],
  ['half a certificate', { user: { 'client-certificate-data': 'YQ==' } }, /only one of/],
  [
    'what is no certificate',
    { user: { 'client-certificate-data': 'YQ==', 'client-key-data': 'Yg==' } },
    /^client-certificate-data .*no PEM certificate/,
  ],
  ['no URL', { cluster: { server: `https://jane:${canary}@k.example` } }, /^server in the kubeconfig of authRef/],
])('%s is refused', (_, parts: Parts, message) => {
  expect(failure(kubeconfig(parts))).toMatchObject({ code: 'invalid-config', message: expect.stringMatching(message) });
});

test.each([
  ['no context', { 'current-context': 'three' }, /has no context/],
  ['no cluster', { clusters: [] }, /has no cluster/],
  ['no user', { users: [] }, /has no user/],
  ['no current context', { 'current-context': undefined }, /holds no kubeconfig/],
  ['clusters of another form', { clusters: { a: canary } }, /holds no kubeconfig/],
])('%s of the name is a mistake', (_, more, message) => {
  expect(failure(kubeconfig({ more }))).toMatchObject({
    code: 'invalid-config',
    message: expect.stringMatching(message),
  });
});

test.each([
  canary,
  '',
  '[]',
  `{ ${canary}`,
  `a: [${canary}`,
  `a: &a [*a, ${canary}]`,
  `&x ${'[*x,'.repeat(9)}`,
  '\u0000',
])('what is no kubeconfig is not quoted', (text) => {
  expect(failure(text)).toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('holds no kubeconfig'),
  });
});

test('aliases that would grow without end are refused', () => {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const before = level === 0 ? '"x"' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array.from({ length: 10 }, () => before).join(',')}]`;
  });
  expect(failure(levels.join('\n'))).toMatchObject({ code: 'invalid-config' });
});
