import { ClusterError } from '../errors.ts';
import { isRecord } from './merge-patch.ts';
import type { StoredObject } from './stored-object.ts';

type Test = (object: StoredObject) => boolean;

const everything: Test = () => true;
const setRequirement = /^\s*(\S+)\s+(in|notin)\s+\(([^()]*)\)\s*$/;
const equalityRequirement = /^\s*([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)\s*$/;
const existenceRequirement = /^\s*(!?)\s*([^\s=!(),]+)\s*$/;

/** A label selector in the syntax of the API server: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function labelTest(selector: string | undefined): Test {
  if (!selector) return everything;
  // Commas separate requirements, except inside of the parentheses of a set.
  const tests = selector.split(/,(?![^(]*\))/).map(labelRequirement);
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

function labelRequirement(text: string): (labels: Record<string, string>) => boolean {
  const set = setRequirement.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    const within = (labels: Record<string, string>) => labels[key] !== undefined && values.has(labels[key]);
    return operator === 'in' ? within : (labels) => !within(labels);
  }
  const equality = equalityRequirement.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = existenceRequirement.exec(text);
  if (existence) {
    const [, negated, key = ''] = existence;
    return (labels) => (labels[key] === undefined) === (negated === '!');
  }
  throw new ClusterError('invalid', `the label selector "${text}" cannot be understood`, { status: 400 });
}

/** A field selector: `metadata.name=a,spec.secretStoreRef.name!=b`. A field that is not there is the empty string. */
export function fieldTest(selector: string | undefined): Test {
  if (!selector) return everything;
  const tests = selector.split(',').map(fieldRequirement);
  return (object) => tests.every((test) => test(object));
}

function fieldRequirement(text: string): Test {
  const requirement = equalityRequirement.exec(text);
  if (!requirement) {
    throw new ClusterError('invalid', `the field selector "${text}" cannot be understood`, { status: 400 });
  }
  const [, path = '', operator, value] = requirement;
  const steps = path.split('.');
  return (object) => (fieldAt(object, steps) === value) === (operator !== '!=');
}

function fieldAt(object: unknown, steps: readonly string[]): string {
  let value = object;
  for (const step of steps) value = isRecord(value) ? value[step] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
