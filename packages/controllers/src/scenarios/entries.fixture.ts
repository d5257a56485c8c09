import { EXTERNAL_SECRETS, type ExternalSecret } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { expectFailure, expectRefused } from './failures.fixture.ts';

type Documents = Readonly<Record<string, string | object>>;
type Data = Readonly<Record<string, string>>;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const extract = (more: object = {}) => [{ extract: { key: 'doc', ...more } }];
const rewritten = (...rewrite: object[]) => [{ extract: { key: 'doc' }, rewrite }];
const merged = (merge: object, ...more: object[]) => [
  { find: { name: { regexp: 'doc' } }, rewrite: [{ merge }, ...more] },
];

const overlapping: Documents = { 'doc-1': { x: 'first', a: '1' }, 'doc-2': { x: 'second', b: 2 } };
const identity = { regexp: { source: '(.*)', target: '$1' } };

/** What comes out: [name, documents of the external system, dataFrom, data of the Secret]. */
const accepted: readonly (readonly [string, Documents, object[], Data])[] = [
  ['scenario 46: characters that a key cannot have become _', { doc: { 'foo/bar': 'v' } }, extract(), { foo_bar: 'v' }],
  [
    'scenario 48: under Unicode they become their number',
    { doc: { '😀': 'v', 'a b': 'w' } },
    extract({ conversionStrategy: 'Unicode' }),
    { _U1f600_: 'v', a_U0020_b: 'w' },
  ],
  [
    'scenario 49: rewrites follow each other; a key that does not match stays',
    { doc: { 'p/a-b': 'v', other: 'w' } },
    rewritten({ regexp: { source: '^p/', target: '' } }, { regexp: { source: '-', target: '_' } }),
    { a_b: 'v', other: 'w' },
  ],
  [
    'scenario 50: groups by name and by number',
    { doc: { 'app-db': 'v' } },
    rewritten({ regexp: { source: '(?P<first>[a-z]+)-([a-z]+)', target: '${first}.$2' } }),
    { 'app.db': 'v' },
  ],
  [
    'scenario 51: conflictPolicy Ignore and a priority let one win',
    overlapping,
    merged({ conflictPolicy: 'Ignore', priority: ['doc-1'] }),
    { x: 'first', a: '1', b: '2' },
  ],
  [
    'scenario 51: a priority that is not there is skipped under IgnoreNotFound',
    { doc: { a: '1' } },
    merged({ priority: ['absent'], priorityPolicy: 'IgnoreNotFound' }),
    { a: '1' },
  ],
  [
    'scenario 52: merge JSON keeps the originals and adds one document; 123 surfaces as 123',
    { doc: { n: 123 } },
    merged({ strategy: 'JSON', into: 'all' }),
    { doc: '{"n":123}', all: '{"n":123}' },
  ],
  [
    'scenario 52: a following Extract reads the number as it was',
    { doc: { n: 123 } },
    merged({ strategy: 'JSON', into: 'all' }, { merge: { conflictPolicy: 'Ignore' } }),
    { n: '123' },
  ],
  [
    'scenario 54: Auto decodes base64 in both alphabets, and leaves the rest',
    { doc: { plain: 'abc', standard: base64('one?>~'), url: 'b25lPz5-' } },
    extract({ decodingStrategy: 'Auto' }),
    { plain: 'abc', standard: 'one?>~', url: 'one?>~' },
  ],
  ['scenario 55: a null byte is a byte like any other', { doc: { a: 'x\0y' } }, extract(), { a: 'x\0y' }],
  [
    'a null member of an extracted document becomes empty, and holds nothing for a merge that follows',
    { doc: { nothing: null, deep: { a: '1' } } },
    rewritten({ merge: {} }),
    { a: '1' },
  ],
  ['an empty key is dropped', { doc: { '': 'v', a: '1' } }, rewritten(identity), { a: '1' }],
  [
    'later entries of dataFrom overwrite earlier ones',
    { doc: { a: '1', b: '1' }, second: { b: '2' } },
    [...extract(), { extract: { key: 'second' } }],
    { a: '1', b: '2' },
  ],
];

/** What is refused: [name, documents, dataFrom, texts of the condition]. */
const refused: readonly (readonly [string, Documents, object[], string[]])[] = [
  [
    'scenario 46: with a rewrite keys are taken as they are',
    { doc: { 'foo/bar': 'v' } },
    rewritten(identity),
    ['"foo/bar"'],
  ],
  ['scenario 47: two keys become one', { doc: { a$b: '1', a_b: '2' } }, extract(), ['"a$b"', '"a_b"']],
  ['scenario 51: overlapping members', overlapping, merged({}), ['rewrite[0]', '"x"']],
  ['scenario 51: a priority that is not there', { doc: { a: '1' } }, merged({ priority: ['absent'] }), ['"absent"']],
  ['scenario 52: merge JSON without into', { doc: { a: '1' } }, merged({ strategy: 'JSON' }), ['into']],
  ['scenario 53: a value that is no object', { doc: 'text' }, merged({}), ['"doc"', 'not a JSON object']],
  [
    'scenario 54: Base64 of other text',
    { doc: { a: 'a?b' } },
    extract({ decodingStrategy: 'Base64' }),
    ['"a"', 'Base64'],
  ],
  [
    'scenario 55: nullBytePolicy Fail names the first key that has one',
    { doc: { b: 'x\0', a: '\0x', c: 'y' } },
    extract({ nullBytePolicy: 'Fail' }),
    ['"a"', 'null byte'],
  ],
  [
    'scenario 55: the same for what was found',
    { doc: 'x\0' },
    [{ find: { name: { regexp: 'doc' }, nullBytePolicy: 'Fail' } }],
    ['spec.dataFrom[0].find', '"doc"', 'null byte'],
  ],
  [
    'an expression that RE2 does not take',
    { doc: {} },
    rewritten({ regexp: { source: '(?=a)', target: '' } }),
    ['(?=a)'],
  ],
  ['a template in a rewrite', { doc: {} }, rewritten({ transform: { template: '{{ .value }}' } }), ['transform']],
  ['a generator', {}, [{ sourceRef: { generatorRef: { kind: 'Fake', name: 'g' } } }], ['generatorRef', 'Fake']],
];

/** Core specification §9 E: data sources and the handling of keys; §3.8. */
export function entryScenarios(side: () => Side): void {
  it.each(accepted)('%s', async (_name, documents, dataFrom, data) => {
    await using scene = await sceneWith(side(), documents);
    await scene.externalSecret('app', { secretStoreRef: { name: 's' }, dataFrom });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual(data), 5000);
  });

  it.each(refused)('refused: %s', async (_name, documents, dataFrom, texts) => {
    await using scene = await sceneWith(side(), documents);
    await scene.externalSecret('app', { secretStoreRef: { name: 's' }, dataFrom });
    await expectFailure(scene, 'app', ['spec.dataFrom[0]', ...texts]);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('scenario 55: nullBytePolicy Fail on a line of data', async () => {
    await using scene = await sceneWith(side(), { doc: 'x\0' });
    await scene.externalSecret('app', dataSpec('s', { a: { key: 'doc', nullBytePolicy: 'Fail' } }));
    await expectFailure(scene, 'app', ['spec.data[0]', 'null byte']);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('scenario 56: strategies that are left out stay out of the stored object', async () => {
    await using scene = await sceneWith(side(), { doc: { a: '1' } });
    const find = { name: { regexp: 'doc' } };
    const dataFrom = [...extract(), { find, rewrite: [{ regexp: { source: 'doc', target: 'b' } }] }];
    await scene.externalSecret('app', { ...dataSpec('s', { c: { key: 'doc' } }), dataFrom });
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 5000);
    const stored = (await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.spec;
    expect(stored?.data).toEqual([{ secretKey: 'c', remoteRef: { key: 'doc' } }]);
    expect(stored?.dataFrom?.map((entry) => entry.extract ?? entry.find)).toEqual([{ key: 'doc' }, find]);
  });

  it('scenario 57: of one secretKey twice the last wins, unless deletionPolicy Retain forbids it', async () => {
    await using scene = await sceneWith(side(), { one: '1', two: '2' });
    const data = ['one', 'two'].map((key) => ({ secretKey: 'a', remoteRef: { key } }));
    const spec = { secretStoreRef: { name: 's' }, data, target: { deletionPolicy: 'Delete' } };
    await scene.externalSecret('app', spec);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: '2' }), 5000);
    await expectRefused(scene, 'retained', { ...spec, target: {} }, 'secretKey');
  });

  it('scenario 58: a generator in a line of data has no store', async () => {
    await using scene = await sceneWith(side(), {});
    const sourceRef = { generatorRef: { kind: 'Fake', name: 'g' } };
    await scene.externalSecret('app', {
      secretStoreRef: { name: 's' },
      data: [{ secretKey: 'a', remoteRef: { key: 'doc' }, sourceRef }],
    });
    await expectFailure(scene, 'app', ['spec.data[0]', 'no store is named']);
  });

  it('scenario 61: a line of data overwrites what dataFrom brought, whatever stands first', async () => {
    await using scene = await sceneWith(side(), { doc: { a: '1', b: '1' }, two: '2' });
    await scene.externalSecret('app', { ...dataSpec('s', { a: { key: 'two' } }), dataFrom: extract() });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: '2', b: '1' }), 5000);
  });

  it('a line of data with a store of its own reads from there', async () => {
    await using scene = await sceneWith(side(), { doc: 'default' });
    scene.provider.backend('c').set('doc', 'other');
    await scene.store('t', { backend: 'c' });
    const entry = { remoteRef: { key: 'doc' } };
    const data = [
      { ...entry, secretKey: 'a' },
      { ...entry, secretKey: 'b', sourceRef: { storeRef: { name: 't' } } },
    ];
    await scene.externalSecret('app', { secretStoreRef: { name: 's' }, data });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: 'default', b: 'other' }), 5000);
  });
}

async function sceneWith(side: Side, documents: Documents): Promise<Scene> {
  const scene = await Scene.open(side);
  const backend = scene.provider.backend('b');
  for (const [key, document] of Object.entries(documents)) backend.set(key, document);
  await scene.store('s', { backend: 'b' });
  return scene;
}
