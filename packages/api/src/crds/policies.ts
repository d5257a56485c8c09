import { DURATION_PATTERN } from '@esox/core/duration';
import { CLUSTER_SECRET_STORES, EXTERNAL_SECRETS, type ResourceType, SECRET_STORES } from '../resources.ts';
import { RULES } from '../rules.ts';
import { COMPONENT_CONTROLLER, COMPONENT_LABEL, GROUP } from '../well-known.ts';

interface Metadata {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Expression {
  readonly expression: string;
}

export interface ValidatingAdmissionPolicy {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingAdmissionPolicy';
  readonly metadata: Metadata;
  readonly spec: {
    readonly failurePolicy: 'Fail';
    readonly matchConstraints: { readonly resourceRules: readonly object[] };
    readonly matchConditions: readonly (Expression & { readonly name: string })[];
    readonly variables?: readonly (Expression & { readonly name: string })[];
    readonly validations: readonly (Expression & { readonly message: string })[];
  };
}

export interface ValidatingAdmissionPolicyBinding {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingAdmissionPolicyBinding';
  readonly metadata: Metadata;
  readonly spec: { readonly policyName: string; readonly validationActions: readonly ['Deny'] };
}

/**
 * Comparing all keys with each other costs the square of their number, and the API server stops a policy above a
 * fixed cost. With more keys than this the controller alone finds the duplicates.
 */
const MOST_COMPARED_KEYS = 150;

/** The rules that are too dear for a CRD, where the API server reckons with the longest list that it might get. */
export function policies(): (ValidatingAdmissionPolicy | ValidatingAdmissionPolicyBinding)[] {
  return [externalSecretRules(), storeRules()].flatMap((policy) => [policy, bindingOf(policy)]);
}

// An object that was stored before the rules can still be labelled, or lose its finalizers: as with the rules of a
// CRD, only a new spec is looked at.
const SPEC_CHANGED = {
  name: 'spec-changed',
  expression: 'has(object.spec) && (oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec)',
};

function externalSecretRules(): ValidatingAdmissionPolicy {
  const template = 'object.spec.target.template';
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: metadata('external-secret-rules.esox.io'),
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: resources(EXTERNAL_SECRETS),
      matchConditions: [SPEC_CHANGED],
      variables: [
        { name: 'secretKeys', expression: 'has(object.spec.data) ? object.spec.data.map(entry, entry.secretKey) : []' },
        {
          name: 'templateTargets',
          expression: `has(${template}) && has(${template}.templateFrom) ? ${template}.templateFrom.map(from, from.target.lowerAscii()) : []`,
        },
        {
          name: 'isSecret',
          expression:
            "!has(object.spec.target.manifest) || (object.spec.target.manifest.apiVersion == 'v1' && object.spec.target.manifest.kind == 'Secret')",
        },
      ],
      validations: [
        {
          expression: `!has(${template}) || !has(${template}.type) || ${template}.type != 'kubernetes.io/service-account-token' || !('annotations' in variables.templateTargets)`,
          message: RULES.serviceAccountTokenAnnotations,
        },
        {
          expression:
            "!variables.isSecret || variables.templateTargets.all(target, target in ['', 'data', 'labels', 'annotations'])",
          message: RULES.templateTarget,
        },
        {
          expression: `object.spec.target.deletionPolicy != 'Retain' || size(variables.secretKeys) > ${MOST_COMPARED_KEYS} || variables.secretKeys.all(key, variables.secretKeys.exists_one(other, other == key))`,
          message: RULES.duplicateSecretKey,
        },
        {
          expression: `!has(object.spec.syncWindows) || object.spec.syncWindows.windows.all(window, window.duration.matches('${DURATION_PATTERN}'))`,
          message: RULES.windowDuration,
        },
      ],
    },
  };
}

function storeRules(): ValidatingAdmissionPolicy {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: metadata('secret-store-rules.esox.io'),
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: resources(SECRET_STORES, CLUSTER_SECRET_STORES),
      matchConditions: [SPEC_CHANGED],
      validations: [
        {
          // A match compiles the expression; one that does not compile ends the evaluation with an error that names it.
          expression:
            "!has(object.spec.conditions) || object.spec.conditions.all(condition, !has(condition.namespaceRegexes) || condition.namespaceRegexes.all(regex, ''.matches(regex) ? true : true))",
          message: RULES.namespaceRegex,
        },
      ],
    },
  };
}

function bindingOf(policy: ValidatingAdmissionPolicy): ValidatingAdmissionPolicyBinding {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: policy.metadata,
    spec: { policyName: policy.metadata.name, validationActions: ['Deny'] },
  };
}

function metadata(name: string): Metadata {
  return { name, labels: { [COMPONENT_LABEL]: COMPONENT_CONTROLLER } };
}

function resources(...types: readonly ResourceType[]): { resourceRules: object[] } {
  const rule = {
    apiGroups: [GROUP],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: types.map((type) => type.plural),
  };
  return { resourceRules: [rule] };
}
