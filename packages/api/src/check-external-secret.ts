import type { ExternalSecretDataFrom, ExternalSecretSpec } from './external-secret.ts';
import { type Violation, violation } from './rules.ts';
import type { ExternalSecretTemplate } from './template.ts';

const SECRET_TEMPLATE_TARGETS = new Set(['', 'data', 'labels', 'annotations']);

/**
 * All rules of the admission that this spec breaks, in the order of the rules. The API server refuses the same; the
 * controller asks again, because an object may be older than the rules.
 */
export function checkExternalSecret(spec: ExternalSecretSpec): Violation[] {
  const template = spec.target.template;
  return [
    ...policies(spec),
    ...(spec.data?.length || spec.dataFrom?.length ? [] : [violation('nothingToRead', '')]),
    ...(template === undefined ? [] : privilegedTemplate(template)),
    ...(template === undefined || !isSecret(spec) ? [] : templateTargets(template)),
    ...(spec.dataFrom ?? []).flatMap((entry, index) => dataFrom(entry, `dataFrom[${index}]`)),
    ...duplicateKeys(spec),
  ];
}

/** The rules that are asked once more immediately before a Secret is rendered. */
export function checkTemplate(spec: ExternalSecretSpec): Violation[] {
  const template = spec.target.template;
  if (template === undefined) return [];
  return [...privilegedTemplate(template), ...(isSecret(spec) ? templateTargets(template) : [])];
}

function policies({ target }: ExternalSecretSpec): Violation[] {
  const found: Violation[] = [];
  if (target.deletionPolicy === 'Delete' && ['Merge', 'None', 'CreateOrMerge'].includes(target.creationPolicy)) {
    found.push(violation('deletionPolicyDelete', 'target.deletionPolicy'));
  }
  if (target.deletionPolicy === 'Merge' && target.creationPolicy === 'None') {
    found.push(violation('deletionPolicyMerge', 'target.deletionPolicy'));
  }
  return found;
}

function isSecret({ target }: ExternalSecretSpec): boolean {
  return target.manifest === undefined || (target.manifest.apiVersion === 'v1' && target.manifest.kind === 'Secret');
}

function privilegedTemplate(template: ExternalSecretTemplate): Violation[] {
  if (template.type === 'bootstrap.kubernetes.io/token') return [violation('bootstrapToken', 'target.template.type')];
  if (template.type !== 'kubernetes.io/service-account-token') return [];
  const found: Violation[] = [];
  if (Object.hasOwn(template.metadata?.annotations ?? {}, 'kubernetes.io/service-account.name')) {
    found.push(violation('serviceAccountToken', 'target.template.metadata.annotations'));
  }
  for (const [index, { target }] of (template.templateFrom ?? []).entries()) {
    if (target.toLowerCase() !== 'annotations') continue;
    found.push(violation('serviceAccountTokenAnnotations', `target.template.templateFrom[${index}].target`));
  }
  return found;
}

function templateTargets(template: ExternalSecretTemplate): Violation[] {
  return (template.templateFrom ?? []).flatMap(({ target }, index) =>
    SECRET_TEMPLATE_TARGETS.has(target.toLowerCase())
      ? []
      : [violation('templateTarget', `target.template.templateFrom[${index}].target`)],
  );
}

function dataFrom(entry: ExternalSecretDataFrom, path: string): Violation[] {
  const { find, extract, sourceRef } = entry;
  const found: Violation[] = [];
  if ([find, extract, sourceRef?.generatorRef].filter((source) => source !== undefined).length > 1) {
    found.push(violation('oneSourceOfDataFrom', path));
  }
  if (find === undefined && extract === undefined && sourceRef === undefined) {
    found.push(violation('noSourceOfDataFrom', path));
  }
  if (sourceRef !== undefined && sourceRef.storeRef === undefined && sourceRef.generatorRef === undefined) {
    found.push(violation('emptySourceRef', `${path}.sourceRef`));
  }
  return found;
}

function duplicateKeys(spec: ExternalSecretSpec): Violation[] {
  if (spec.target.deletionPolicy !== 'Retain') return [];
  const seen = new Set<string>();
  return (spec.data ?? []).flatMap(({ secretKey }, index) => {
    if (seen.has(secretKey)) return [violation('duplicateSecretKey', `data[${index}].secretKey`)];
    seen.add(secretKey);
    return [];
  });
}
