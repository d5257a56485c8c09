import { describe, expect, it } from 'vitest';
import type { DocumentSyntax, PropertyStep, SecretValue } from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';
import { mapOf, propertyOf, wholeContent } from './documents.ts';

const syntax = (...property: PropertyStep[]): DocumentSyntax => ({
  property,
  missingProperty: 'not-found',
  map: 'source',
});
const fields = (members: Record<string, string>) =>
  new Map(Object.entries(members).map(([name, value]) => [name, Sealed.text(value)] as const));

function find(content: SecretValue['content'] | string, property: string, syntaxOf: DocumentSyntax): string {
  try {
    return propertyOf(typeof content === 'string' ? Sealed.text(content) : content, property, syntaxOf).openText();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const dotted = '{"a.b":"exact","a":{"b":"nested","c":"other"}}';

// providers-core.md 1.4, the table of providers.
describe('the order in which a property with a dot is tried', () => {
  it.each<[string, PropertyStep[], string, string]>([
    ['aws, gcp, ibm', ['escaped', 'path'], 'a.b', 'exact'],
    ['aws, gcp, ibm', ['escaped', 'path'], 'a.c', 'other'],
    ['azure', ['path', 'escaped'], 'a.b', 'nested'],
    ['azure', ['path', 'escaped'], 'a.c', 'other'],
    ['vault', ['key', 'path'], 'a.b', 'exact'],
    ['vault', ['key', 'path'], 'a.c', 'other'],
    ['openBao', ['key'], 'a.b', 'exact'],
    ['openBao', ['key'], 'a.c', 'not-found'],
    ['conjur, fake, crd', ['path'], 'a.b', 'nested'],
    ['conjur, fake, crd', ['path'], 'x', 'not-found'],
  ])('%s %j finds %s: %s', (_provider, steps, property, expected) => {
    expect(find(dotted, property, syntax(...steps))).toBe(expected);
  });

  it('kubernetes: the exact data key, else up to the first dot a key and behind it a path', () => {
    const kubernetes = syntax('key', 'field-path');
    const data = fields({
      'file.png': 'bytes',
      file: '{"png":"wrong","a":{"b":"deep"}}',
      labels: '{"app.kubernetes.io/name":"db"}',
    });
    expect(find(data, 'file.png', kubernetes)).toBe('bytes');
    expect(find(data, 'file.a.b', kubernetes)).toBe('deep');
    expect(find(data, 'labels.app.kubernetes.io/name', kubernetes)).toBe('db');
    for (const property of ['file.', '.png', '.', 'absent.a', 'file.absent']) {
      expect(find(data, property, kubernetes)).toBe('not-found');
    }
  });

  it('kubernetes, metadata: a whole name behind labels and annotations first, and JSON inside an annotation', () => {
    const kubernetes = syntax('key', 'field-path');
    const metadata = JSON.stringify({
      annotations: { config: '{"a":{"b":"deep"},"l":[1,2]}', 'config.a': 'whole' },
      labels: { 'app.kubernetes.io/name': 'db', team: 'blue' },
    });
    expect(find(metadata, 'labels', kubernetes)).toBe('{"app.kubernetes.io/name":"db","team":"blue"}');
    expect(find(metadata, 'labels.team', kubernetes)).toBe('blue');
    expect(find(metadata, 'labels.app.kubernetes.io/name', kubernetes)).toBe('db');
    expect(find(metadata, 'annotations.config.a', kubernetes)).toBe('whole');
    expect(find(metadata, 'annotations.config.a.b', kubernetes)).toBe('deep');
    expect(find(metadata, 'annotations.config.l.1', kubernetes)).toBe('2');
    for (const property of ['labels.', '.team', 'labels.absent', 'annotations.config.x', 'team']) {
      expect(find(metadata, property, kubernetes)).toBe('not-found');
    }
  });

  it('a missing property is what the provider says, and the error names it', () => {
    const missing = (): Sealed =>
      propertyOf(Sealed.text('{"a":"canary"}'), 'b', { ...syntax('path'), missingProperty: 'invalid-ref' });
    expect(missing).toThrow(
      expect.objectContaining({ code: 'invalid-ref', message: 'the secret has no property "b"' }),
    );
  });
});

describe('what a property becomes', () => {
  const document =
    '{"text":"a\\u0041","big":12345678901234567890,"yes":true,"nothing":null,"list":[1, 2],"object":{ "x" : 1 }}';

  it.each([
    ['text', 'aA'],
    ['big', '12345678901234567890'],
    ['yes', 'true'],
    ['nothing', ''],
    ['list', '[1, 2]'],
    ['object', '{ "x" : 1 }'],
  ])('%s is %j by key and by path', (property, expected) => {
    expect(find(document, property, syntax('key'))).toBe(expected);
    expect(find(document, property, syntax('path'))).toBe(expected);
  });

  it('a number by key keeps its text', () => {
    expect(find('{"n":1.10}', 'n', syntax('key', 'path'))).toBe('1.10');
  });

  it.each(['plain text', '', '{"a":', '[1]', '\u0000\uFFFD'])('%j has no properties', (text) => {
    expect(find(text, 'a', syntax('key', 'escaped', 'path', 'field-path'))).toBe('not-found');
  });

  it('a member called __proto__ or constructor is only there when it is', () => {
    expect(find('{}', 'constructor', syntax('key', 'path'))).toBe('not-found');
    expect(find('{"__proto__":"x"}', '__proto__', syntax('key'))).toBe('x');
  });

  it('fields of bytes survive', () => {
    const bytes = new Uint8Array([0, 255, 254]);
    expect(propertyOf(new Map([['a', Sealed.of(bytes)]]), 'a', syntax('key')).open()).toEqual(bytes);
  });
});

describe('wholeContent', () => {
  it('is a document as it is, and fields as one JSON object, unescaped', () => {
    const document = Sealed.text('{ "a" : 1 }');
    expect(wholeContent(document)).toBe(document);
    expect(wholeContent(fields({ b: '<1>', a: '"' })).openText()).toBe('{"a":"\\"","b":"<1>"}');
  });
});

describe('mapOf', () => {
  const texts = (content: SecretValue['content'], map: DocumentSyntax['map'], property?: string) =>
    Object.fromEntries(
      [...mapOf(content, property, { ...syntax('path'), map })].map(([name, value]) => [name, value.openText()]),
    );
  const document = Sealed.text(
    '{"s":"t","n":12345678901234567890,"d":1.10,"b":false,"z":null,"o":{ "y":"<", "x":1.0 },"l":[ 1 ]}',
  );

  it('source keeps the text of what is not a string', () => {
    expect(texts(document, 'source')).toEqual({
      s: 't',
      n: '12345678901234567890',
      d: '1.10',
      b: 'false',
      z: '',
      o: '{ "y":"<", "x":1.0 }',
      l: '[ 1 ]',
    });
  });

  it('decoded writes nested values compactly, keys sorted, escaped as Go does', () => {
    expect(texts(document, 'decoded')).toEqual({
      s: 't',
      n: '12345678901234567890',
      d: '1.10',
      b: 'false',
      z: '',
      o: '{"x":1.0,"y":"\\u003c"}',
      l: '[1]',
    });
  });

  it('encoded writes every member as JSON, strings with their quotes', () => {
    expect(texts(document, 'encoded')).toEqual({
      s: '"t"',
      n: '12345678901234567890',
      d: '1.10',
      b: 'false',
      z: 'null',
      o: '{"x":1.0,"y":"<"}',
      l: '[1]',
    });
  });

  it('takes the object under a property, and fields as they are', () => {
    expect(texts(Sealed.text('{"a":{"b":{"c":"d"}}}'), 'source', 'a.b')).toEqual({ c: 'd' });
    expect(texts(fields({ a: '1' }), 'source')).toEqual({ a: '1' });
  });

  it.each(['[1]', '"canary"', 'canary', ''])('%j has no keys, and the error quotes nothing', (text) => {
    const extract = (): unknown => mapOf(Sealed.text(text), undefined, syntax('path'));
    expect(extract).toThrow(
      expect.objectContaining({
        code: 'invalid-ref',
        message: 'the secret is not a JSON object, so it has no keys to extract',
      }),
    );
  });
});
