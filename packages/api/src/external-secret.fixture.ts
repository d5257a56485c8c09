/** A spec as a user writes it, for the rules of the admission: what breaks one, and its neighbour that does not. */
export interface RuleCase {
  readonly name: string;
  /** The rule in `RULES`, or undefined when the spec is accepted. */
  readonly breaks: string | undefined;
  readonly spec: Readonly<Record<string, unknown>>;
}

const data = [{ secretKey: 'password', remoteRef: { key: 'team/db' } }];
const twice = [...data, ...data];
const target = (fields: object) => ({ data, target: fields });
const template = (fields: object) => target({ template: fields });
const templateTarget = (name: string) => template({ templateFrom: [{ literal: 'a: b', target: name }] });
const serviceAccountToken = (fields: object) => template({ type: 'kubernetes.io/service-account-token', ...fields });
const from = (entry: object) => ({ dataFrom: [{ extract: { key: 'first' } }, entry] });
const generatorRef = { kind: 'Password', name: 'password' };

const policies: RuleCase[] = [
  ...['Merge', 'None', 'CreateOrMerge'].map((creationPolicy) => ({
    name: `deletionPolicy Delete with creationPolicy ${creationPolicy}`,
    breaks: 'deletionPolicyDelete',
    spec: target({ creationPolicy, deletionPolicy: 'Delete' }),
  })),
  ...['Owner', 'Orphan'].map((creationPolicy) => ({
    name: `deletionPolicy Delete with creationPolicy ${creationPolicy}`,
    breaks: undefined,
    spec: target({ creationPolicy, deletionPolicy: 'Delete' }),
  })),
  {
    name: 'deletionPolicy Merge with creationPolicy None',
    breaks: 'deletionPolicyMerge',
    spec: target({ creationPolicy: 'None', deletionPolicy: 'Merge' }),
  },
  {
    name: 'deletionPolicy Merge with creationPolicy Merge',
    breaks: undefined,
    spec: target({ creationPolicy: 'Merge', deletionPolicy: 'Merge' }),
  },
  { name: 'neither data nor dataFrom', breaks: 'nothingToRead', spec: {} },
  { name: 'empty data and dataFrom', breaks: 'nothingToRead', spec: { data: [], dataFrom: [] } },
  { name: 'data alone', breaks: undefined, spec: { data } },
  { name: 'dataFrom alone', breaks: undefined, spec: { dataFrom: [{ extract: { key: 'team/db' } }] } },
];

const sources: RuleCase[] = [
  {
    name: 'extract and find in one entry',
    breaks: 'oneSourceOfDataFrom',
    spec: from({ extract: { key: 'a' }, find: {} }),
  },
  {
    name: 'extract and a generator in one entry',
    breaks: 'oneSourceOfDataFrom',
    spec: from({ extract: { key: 'a' }, sourceRef: { generatorRef } }),
  },
  {
    name: 'find and a generator in one entry',
    breaks: 'oneSourceOfDataFrom',
    spec: from({ find: {}, sourceRef: { generatorRef } }),
  },
  {
    name: 'find with a store of its own',
    breaks: undefined,
    spec: from({ find: {}, sourceRef: { storeRef: { name: 'other' } } }),
  },
  { name: 'a generator alone', breaks: undefined, spec: from({ sourceRef: { generatorRef } }) },
  { name: 'an entry with rewrite only', breaks: 'noSourceOfDataFrom', spec: from({ rewrite: [] }) },
  { name: 'a store alone', breaks: undefined, spec: from({ sourceRef: { storeRef: { name: 'other' } } }) },
];

const scenario57: RuleCase[] = [
  { name: '57: a secretKey twice under deletionPolicy Retain', breaks: 'duplicateSecretKey', spec: { data: twice } },
  {
    name: '57: a secretKey twice under deletionPolicy Delete',
    breaks: undefined,
    spec: { data: twice, target: { deletionPolicy: 'Delete' } },
  },
];

const scenario67: RuleCase[] = [
  ...['type', 'immutable', 'metadata.annotations', 'Metadata.Annotations', 'metadata.ownerReferences'].map((name) => ({
    name: `67: template target ${name} of a Secret`,
    breaks: 'templateTarget',
    spec: templateTarget(name),
  })),
  ...['data', 'ANNOTATIONS', 'Labels', ''].map((name) => ({
    name: `67: template target ${JSON.stringify(name)} of a Secret`,
    breaks: undefined,
    spec: templateTarget(name),
  })),
  {
    name: '67: a path as template target of a manifest that is a Secret',
    breaks: 'templateTarget',
    spec: target({
      manifest: { apiVersion: 'v1', kind: 'Secret' },
      template: { templateFrom: [{ literal: 'a', target: 'type' }] },
    }),
  },
  {
    name: '67: a path as template target of another manifest',
    breaks: undefined,
    spec: target({
      manifest: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' },
      template: { templateFrom: [{ literal: 'a', target: 'spec.source' }] },
    }),
  },
];

const scenario68: RuleCase[] = [
  {
    name: '68: a bootstrap token',
    breaks: 'bootstrapToken',
    spec: template({ type: 'bootstrap.kubernetes.io/token' }),
  },
  {
    name: '68: a ServiceAccount token with the name as annotation',
    breaks: 'serviceAccountToken',
    spec: serviceAccountToken({ metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } } }),
  },
  {
    name: '68: a ServiceAccount token with templated annotations',
    breaks: 'serviceAccountTokenAnnotations',
    spec: serviceAccountToken({ templateFrom: [{ literal: 'a: b', target: 'annotations' }] }),
  },
  {
    name: '68: a ServiceAccount token with templated data',
    breaks: undefined,
    spec: serviceAccountToken({ data: { token: '{{ .token }}' }, templateFrom: [{ literal: 'a: b' }] }),
  },
  {
    name: '68: another type with templated annotations',
    breaks: undefined,
    spec: template({ type: 'Opaque', templateFrom: [{ literal: 'a: b', target: 'Annotations' }] }),
  },
];

export const RULE_CASES: readonly RuleCase[] = [...policies, ...sources, ...scenario57, ...scenario67, ...scenario68];
