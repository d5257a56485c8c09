import { type ApiServer, installCustomResourceDefinition, startKubeApiServer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RULE_CASES } from '../external-secret.fixture.ts';
import { RULES, type Rule } from '../rules.ts';
import { type ProviderSchema, crds } from './crds.ts';
import { installPolicies } from './install-policies.fixture.ts';

const GROUP_PATH = '/apis/external-secrets.io/v1';
const PROVIDERS: ProviderSchema[] = ['fake', 'vault'].map((id) => ({
  id,
  description: `The ${id}.`,
  schema: { type: 'object', properties: { server: { type: 'string' } } },
}));

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly spec: unknown;
}

// Policies hold for a whole cluster, so these tests have one of their own.
let api: ApiServer;
let namespace: string;
let count = 0;

beforeAll(async () => {
  api = await startKubeApiServer({ etcdUrl: testbed().etcd.url, etcdPrefix: '/admission' });
  namespace = await api.createNamespace({ prefix: 'admission' });
  for (const definition of crds(PROVIDERS)) await installCustomResourceDefinition(api.client, definition);
  await installPolicies(api.client);
  const refusesStores = async () => (await store({ conditions: [{ namespaceRegexes: ['('] }] })).status === 422;
  const refusesSecrets = async () => (await externalSecret(caseOf('duplicateSecretKey'))).status === 422;
  await waitUntil(async () => (await refusesStores()) && (await refusesSecrets()), {
    what: 'the admission policies are in force',
    deadlineMs: 20_000,
  });
});
afterAll(() => api.close());

const caseOf = (rule: Rule) => RULE_CASES.find(({ breaks }) => breaks === rule)?.spec ?? {};

async function create(path: string, kind: string, spec: object, dryRun = true): Promise<Answer> {
  const name = `object-${++count}`;
  const { status, body } = await api.client.request<{ message?: string; spec?: unknown }>({
    method: 'POST',
    path: `${path}?fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`,
    body: { apiVersion: 'external-secrets.io/v1', kind, metadata: { name }, spec },
  });
  return { status, message: body.message ?? '', spec: body.spec };
}

const externalSecret = (spec: object) =>
  create(`${GROUP_PATH}/namespaces/${namespace}/externalsecrets`, 'ExternalSecret', {
    secretStoreRef: { name: 'vault' },
    ...spec,
  });
const store = (spec: object) =>
  create(`${GROUP_PATH}/namespaces/${namespace}/secretstores`, 'SecretStore', { provider: { fake: {} }, ...spec });
const clusterStore = (spec: object) =>
  create(`${GROUP_PATH}/clustersecretstores`, 'ClusterSecretStore', { provider: { fake: {} }, ...spec });

describe('ExternalSecret', () => {
  test.each(RULE_CASES)('$name', async ({ breaks, spec }) => {
    const answer = await externalSecret(spec);
    if (breaks === undefined) {
      expect(answer).toMatchObject({ status: 201 });
    } else {
      expect(answer).toMatchObject({ status: 422, message: expect.stringContaining(RULES[breaks as Rule]) });
    }
  });

  test('several broken rules are reported together', async () => {
    const { message } = await externalSecret({ ...caseOf('deletionPolicyDelete'), dataFrom: [{}] });
    expect(message).toContain(RULES.deletionPolicyDelete);
    expect(message).toContain(RULES.noSourceOfDataFrom);
  });

  test('without a spec', async () => {
    const path = `${GROUP_PATH}/namespaces/${namespace}/externalsecrets`;
    const body = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name: 'no-spec' } };
    const answer = await api.client.request<{ message: string }>({ method: 'POST', path, body });
    expect([answer.status, answer.body.message]).toEqual([422, expect.stringContaining('spec is missing')]);
  });

  test('an empty sourceRef', async () => {
    const answer = await externalSecret({ dataFrom: [{ sourceRef: {} }] });
    expect(answer).toMatchObject({ status: 422, message: expect.stringContaining('spec.dataFrom[0].sourceRef') });
  });

  const data = caseOf('templateTarget')['data'];
  const window = (duration: string) => ({
    data,
    syncWindows: { kind: 'allow', windows: [{ schedule: '@daily', duration }] },
  });
  test.each<[string, object, number]>([
    ['refreshInterval 1h30m', { data, refreshInterval: '1h30m' }, 201],
    ['refreshInterval 0', { data, refreshInterval: '0' }, 201],
    ['refreshInterval -1.5s', { data, refreshInterval: '-1.5s' }, 201],
    ['refreshInterval 5', { data, refreshInterval: '5' }, 422],
    ['refreshInterval soon', { data, refreshInterval: 'soon' }, 422],
    ['an empty refreshInterval', { data, refreshInterval: '' }, 422],
    ['a window of 2h', window('2h'), 201],
    ['a window of two hours', window('two hours'), 422],
  ])('%s', async (_, spec, status) => {
    const answer = await externalSecret(spec);
    expect(answer.status).toBe(status);
    if (status === 422) expect(answer.message).toContain('must be a duration such as 1h30m, 45s or 0s');
  });

  test('57: the cost of comparing long keys is within what the API server allows; of very many, the controller finds them', async () => {
    const entries = (amount: number) =>
      Array.from({ length: amount }, (_, index) => ({
        secretKey: `${'k'.repeat(248)}${String(index).padStart(5, '0')}`,
        remoteRef: { key: 'team/db' },
      }));
    expect((await externalSecret({ data: entries(150) })).status).toBe(201);
    expect((await externalSecret({ data: [...entries(149), ...entries(1)] })).status).toBe(422);
    expect((await externalSecret({ data: [...entries(1000), ...entries(1)] })).status).toBe(201);
  });

  test('56: a minimal manifest comes back with the defaults of the specification only', async () => {
    const spec = {
      secretStoreRef: { name: 'vault' },
      data,
      dataFrom: [{ extract: { key: 'a' } }, { find: { name: { regexp: 'b' } } }],
    };
    const answer = await create(`${GROUP_PATH}/namespaces/${namespace}/externalsecrets`, 'ExternalSecret', spec, false);
    expect(answer.spec).toEqual({
      ...spec,
      refreshInterval: '1h0m0s',
      target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
    });
  });
});

describe.each<[string, (spec: object) => Promise<Answer>]>([
  ['SecretStore', store],
  ['ClusterSecretStore', clusterStore],
])('%s', (_kind, createStore) => {
  test.each<[unknown, number]>([
    [300, 201],
    ['90s', 201],
    [0, 201],
    ['0s', 201],
    ['30', 422],
    [-1, 422],
    ['-1m', 422],
    ['x', 422],
  ])('116: refreshInterval %j', async (refreshInterval, status) => {
    const answer = await createStore({ refreshInterval });
    expect(answer.status).toBe(status);
    if (status === 422) expect(answer.message).toContain(RULES.refreshInterval);
  });

  test.each<[string, object, string]>([
    ['no provider', { provider: {} }, 'spec.provider'],
    ['two providers', { provider: { fake: {}, vault: {} } }, 'spec.provider'],
    ['an unknown provider', { provider: { unheard: {} } }, 'unknown field "spec.provider.unheard"'],
    [
      'a retryInterval that is no duration',
      { retrySettings: { retryInterval: 'x' } },
      'spec.retrySettings.retryInterval',
    ],
    [
      'a broken expression',
      { conditions: [{ namespaceRegexes: ['^a$', 'b('] }] },
      'error parsing regexp: missing closing ): `b(`',
    ],
  ])('117: %s', async (_name, spec, message) => {
    const answer = await createStore(spec);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.message).toContain(message);
  });

  test('117: conditions that are right', async () => {
    const conditions = [{ namespaceRegexes: ['^a$', '(?i)b'] }, { namespaces: ['c'] }, { namespaceSelector: {} }];
    const answer = await createStore({ conditions, retrySettings: { maxRetries: 3, retryInterval: '1s' } });
    expect(answer.spec).toEqual({
      provider: { fake: {} },
      conditions,
      retrySettings: { maxRetries: 3, retryInterval: '1s' },
    });
  });
});
