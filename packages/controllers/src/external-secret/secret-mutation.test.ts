import { DATA_HASH_ANNOTATION, type ExternalSecret, MANAGED_LABEL, OWNER_LABEL, parseExternalSecret } from '@esox/api';
import { Sealed } from '@esox/core';
import { describe, expect, it } from 'vitest';
import { desiredSecret } from './secret-mutation.ts';
import type { Secret } from './secret-object.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const values = new Map([['password', Sealed.text('s3cr3t')]]);
/** Of {password: "s3cr3t"}, from Appendix D of the core specification. */
const hash = '32624ec2bbb01c19a38546e9e3c9996bce3ad67744c9550874b627b9';
const manager = 'externalsecrets.external-secrets.io/db';

function externalSecret(target: object, metadata: object = {}): ExternalSecret {
  const parsed = parseExternalSecret({
    metadata: { name: 'db', namespace: 'team-a', uid: 'uid-1', ...metadata },
    spec: { secretStoreRef: { name: 's' }, target, data: [{ secretKey: 'password', remoteRef: { key: 'db' } }] },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function existing(metadata: object, rest: object = {}): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'team-a', uid: 'u', resourceVersion: '7', ...metadata },
    type: 'Opaque',
    ...rest,
  };
}

const ownedByUs = (fields: object) => [{ manager, operation: 'Update', fieldsV1: fields }] as never;
const owner = (kind: string, name: string, more: object = {}) => ({
  apiVersion: kind === 'ExternalSecret' ? 'external-secrets.io/v1' : 'apps/v1',
  kind,
  name,
  uid: 'other',
  ...more,
});

describe('a Secret that is not there yet', () => {
  it('gets the data, the labels and annotations of the ExternalSecret, the marks and the owner', () => {
    const metadata = { labels: { team: 'a' }, annotations: { note: 'n' } };
    expect(desiredSecret(externalSecret({}, metadata), values)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'db',
        namespace: 'team-a',
        labels: {
          team: 'a',
          [MANAGED_LABEL]: 'true',
          // The owner label of `team-a/db`, from Appendix D.
          [OWNER_LABEL]: 'c7d0bd38cd56c8c15593aee43a4d993d349bf4b2f1e738e457215340',
        },
        annotations: { note: 'n', [DATA_HASH_ANNOTATION]: hash },
        ownerReferences: [
          {
            apiVersion: 'external-secrets.io/v1',
            kind: 'ExternalSecret',
            name: 'db',
            uid: 'uid-1',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      data: { password: base64('s3cr3t') },
    });
  });

  it.each(['Orphan', 'Merge', 'CreateOrMerge'])('has no owner under %s', (creationPolicy) => {
    const secret = desiredSecret(externalSecret({ creationPolicy }), values);
    expect(secret.metadata.ownerReferences).toBeUndefined();
    expect(secret.metadata.labels).toEqual({ [MANAGED_LABEL]: 'true' });
  });

  it('keeps keys that are names of JavaScript as they are', () => {
    const odd = new Map([
      ['__proto__', Sealed.text('a')],
      ['constructor', Sealed.text('b')],
    ]);
    const secret = desiredSecret(externalSecret({}), odd);
    expect(JSON.parse(JSON.stringify(Object.entries(secret.data ?? {})))).toEqual([
      ['__proto__', base64('a')],
      ['constructor', base64('b')],
    ]);
  });
});

describe('the data of a Secret that is there', () => {
  const foreign = existing(
    { managedFields: ownedByUs({ 'f:data': { 'f:dropped': {} } }) },
    { data: { foreign: base64('kept'), dropped: base64('x') } },
  );

  it.each(['Owner', 'Orphan'])('is replaced as a whole under %s', (creationPolicy) => {
    const { data } = desiredSecret(externalSecret({ creationPolicy }), values, foreign);
    expect(data).toEqual({ password: base64('s3cr3t') });
  });

  it.each(['Merge', 'CreateOrMerge'])('keeps the keys of others under %s, and loses ours', (creationPolicy) => {
    const { data } = desiredSecret(externalSecret({ creationPolicy }), values, foreign);
    expect(data).toEqual({ password: base64('s3cr3t'), foreign: base64('kept') });
  });

  it('is left alone where the target is immutable, and so are labels and annotations; flag, owner and marks are set', () => {
    const secret = desiredSecret(
      externalSecret({ immutable: true }, { labels: { team: 'a' } }),
      values,
      existing({ labels: { foreign: 'yes' } }, { data: { password: base64('old') } }),
    );
    expect(secret.data).toEqual({ password: base64('old') });
    expect(secret.immutable).toBe(true);
    expect(Object.keys(secret.metadata.labels ?? {}).toSorted()).toEqual(['foreign', OWNER_LABEL, MANAGED_LABEL]);
    expect(secret.metadata.annotations?.[DATA_HASH_ANNOTATION]).not.toBe(hash);
    expect(secret.metadata.ownerReferences).toHaveLength(1);
  });
});

describe('labels and annotations', () => {
  const before = existing({
    labels: { foreign: 'yes', old: 'ours', changed: 'before' },
    annotations: { foreign: 'yes', old: 'ours' },
    managedFields: ownedByUs({
      'f:metadata': { 'f:labels': { 'f:old': {}, 'f:changed': {} }, 'f:annotations': { 'f:old': {} } },
    }),
  });

  it('of others stay, ours go when the ExternalSecret has them no more', () => {
    const object = externalSecret({ creationPolicy: 'Orphan' }, { labels: { changed: 'after' } });
    const { labels, annotations } = desiredSecret(object, values, before).metadata;
    expect(labels).toEqual({ foreign: 'yes', changed: 'after', [MANAGED_LABEL]: 'true' });
    expect(annotations).toEqual({ foreign: 'yes', [DATA_HASH_ANNOTATION]: hash });
  });

  it('come from a template where there is one, an empty one included', () => {
    const own = { labels: { own: 'yes' } };
    const metadata = { labels: { from: 'template' } };
    const templated = desiredSecret(externalSecret({ creationPolicy: 'Orphan', template: { metadata } }, own), values);
    expect(templated.metadata.labels).toEqual({ from: 'template', [MANAGED_LABEL]: 'true' });
    const empty = desiredSecret(externalSecret({ creationPolicy: 'Orphan', template: {} }, own), values);
    expect(empty.metadata.labels).toEqual({ [MANAGED_LABEL]: 'true' });
  });
});

describe('a template', () => {
  const template = { type: 'example.com/login', metadata: { finalizers: ['example.com/hold'] } };

  it('sets the type of a new Secret', () => {
    expect(desiredSecret(externalSecret({ template }), values).type).toBe('example.com/login');
  });

  it('cannot change the type of a Secret that is there', () => {
    const write = () => desiredSecret(externalSecret({ template }), values, existing({}));
    expect(write).toThrow(expect.objectContaining({ code: 'type-change', retry: false }));
  });

  it('adds finalizers', () => {
    const before = existing({ finalizers: ['foreign'] }, { type: template.type });
    const secret = desiredSecret(externalSecret({ template }), values, before);
    expect(secret.metadata.finalizers).toEqual(['foreign', 'example.com/hold']);
  });

  it('adds no finalizer to a Secret that is being deleted', () => {
    const metadata = { finalizers: ['foreign'], deletionTimestamp: '2026-03-10T12:00:00Z' };
    const dying = existing(metadata, { type: template.type });
    expect(desiredSecret(externalSecret({ template }), values, dying).metadata.finalizers).toEqual(['foreign']);
  });
});

describe('the owner', () => {
  const controlled = (kind: string, name: string) =>
    existing({ ownerReferences: [owner(kind, name, { controller: true })] });

  it.each(['Owner', 'Orphan', 'Merge', 'CreateOrMerge'])(
    'is another ExternalSecret: the Secret is not touched under %s, whatever version the reference has',
    (creationPolicy) => {
      for (const apiVersion of ['external-secrets.io/v1', 'external-secrets.io/v1beta1']) {
        const reference = owner('ExternalSecret', 'other', { controller: true, apiVersion });
        const secret = existing({ ownerReferences: [reference] });
        const write = () => desiredSecret(externalSecret({ creationPolicy }), values, secret);
        expect(write).toThrow(expect.objectContaining({ code: 'owned-by-another', retry: false }));
      }
    },
  );

  it('is of another kind: refused under Owner, left under the others', () => {
    const secret = controlled('Deployment', 'web');
    const write = () => desiredSecret(externalSecret({}), values, secret);
    expect(write).toThrow(expect.objectContaining({ code: 'not-owner', retry: false }));
    const orphan = desiredSecret(externalSecret({ creationPolicy: 'Orphan' }), values, secret);
    expect(orphan.metadata.ownerReferences).toEqual(secret.metadata.ownerReferences);
  });

  it('is an ExternalSecret of our name from before: replaced by this one', () => {
    const secret = desiredSecret(externalSecret({}), values, controlled('ExternalSecret', 'db'));
    expect(secret.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual(['uid-1']);
  });

  it('goes, with its label, when the policy is no longer Owner; references of others stay', () => {
    const others = [owner('ConfigMap', 'x')];
    const before = existing({
      labels: { [OWNER_LABEL]: 'x' },
      ownerReferences: [...others, owner('ExternalSecret', 'db', { controller: true, uid: 'uid-1' })],
    });
    const { metadata } = desiredSecret(externalSecret({ creationPolicy: 'Orphan' }), values, before);
    expect(metadata.ownerReferences).toEqual(others);
    expect(metadata.labels).not.toHaveProperty(OWNER_LABEL);
  });
});

it('may hold what Kubernetes takes, and not a byte more; other values may be fewer', () => {
  const of = (length: number) =>
    new Map([
      ['a', Sealed.text('x'.repeat(length - 3))],
      ['b', Sealed.text('yyy')],
    ]);
  expect(desiredSecret(externalSecret({}), of(1024 * 1024)).data).toHaveProperty('a');
  const write = () => desiredSecret(externalSecret({}), of(1024 * 1024 + 1));
  expect(write).toThrow(expect.objectContaining({ code: 'too-large', retry: true }));
});

it('the Secret that is there is left as it is', () => {
  const before = existing({ labels: { a: 'b' } }, { data: { foreign: base64('kept') } });
  const copy = structuredClone(before);
  desiredSecret(externalSecret({ immutable: true }), values, before);
  desiredSecret(externalSecret({}), values, before);
  expect(before).toEqual(copy);
});
