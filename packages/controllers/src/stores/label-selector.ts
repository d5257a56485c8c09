import { ProviderError } from '@esox/core';
import type { LabelSelector } from '@esox/api';

/** Kubernetes' label selector: all parts must match; an empty selector matches everything. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const required = Object.entries(selector.matchLabels ?? {});
  if (!required.every(([key, value]) => labels[key] === value)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        throw new ProviderError('invalid-config', `a label selector has the unknown operator "${operator}"`);
    }
  });
}
