import { expect, test } from 'vitest';
import { checkExternalSecret, checkTemplate } from './check-external-secret.ts';
import { RULE_CASES } from './external-secret.fixture.ts';
import { parseExternalSecret } from './parse.ts';

function specOf(spec: unknown) {
  const parsed = parseExternalSecret({ metadata: { name: 'db' }, spec });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.spec;
}

test.each(RULE_CASES)('$name', ({ breaks, spec }) => {
  expect(checkExternalSecret(specOf(spec)).map(({ rule }) => rule)).toEqual(breaks === undefined ? [] : [breaks]);
});

test('all broken rules are reported together, with their places', () => {
  const spec = specOf({
    target: {
      creationPolicy: 'Merge',
      deletionPolicy: 'Delete',
      template: { type: 'bootstrap.kubernetes.io/token', templateFrom: [{ literal: 'a', target: 'type' }] },
    },
    dataFrom: [{}, { extract: { key: 'a' }, find: {} }],
  });
  const places = (violations: { rule: string; path: string }[]) => violations.map(({ rule, path }) => [rule, path]);
  const ofTemplate = [
    ['bootstrapToken', 'target.template.type'],
    ['templateTarget', 'target.template.templateFrom[0].target'],
  ];
  expect(places(checkExternalSecret(spec))).toEqual([
    ['deletionPolicyDelete', 'target.deletionPolicy'],
    ...ofTemplate,
    ['noSourceOfDataFrom', 'dataFrom[0]'],
    ['oneSourceOfDataFrom', 'dataFrom[1]'],
  ]);
  expect(places(checkTemplate(spec))).toEqual(ofTemplate);
});

test('a duplicate is named where it stands', () => {
  const entry = (secretKey: string) => ({ secretKey, remoteRef: { key: 'x' } });
  const spec = specOf({ data: [entry('a'), entry('b'), entry('a')] });
  expect(checkExternalSecret(spec).map(({ path }) => path)).toEqual(['data[2].secretKey']);
});
