import {
  checkExternalSecret,
  checkStore,
  CLUSTER_SECRET_STORES,
  EXTERNAL_SECRETS,
  EXTERNAL_SECRETS_API_VERSION,
  GROUP,
  type Parsed,
  parseExternalSecret,
  parseStore,
  SECRET_STORES,
  type Violation,
} from '@esox/api';
import type { KubernetesObject } from '@esox/cluster';
import { compiles } from '../secret-store/validate.ts';

const ok = <T>(value: T): Parsed<T> => ({ ok: true, value });
const refused = (path: string, message: string): Parsed<never> => ({ ok: false, problems: [{ path, message }] });

/** What CRDs and admission do on an API server: checks and defaults the kinds of Esox, lets all others pass. */
export function admitManifest(object: KubernetesObject): Parsed<KubernetesObject> {
  const { apiVersion = '', kind = '' } = object;
  const [group] = apiVersion.split('/');
  if (group !== GROUP) return ok(object);
  if (apiVersion !== EXTERNAL_SECRETS_API_VERSION) {
    return refused('apiVersion', `must be ${EXTERNAL_SECRETS_API_VERSION}; other versions are not served`);
  }
  switch (kind) {
    case EXTERNAL_SECRETS.kind:
      return admitExternalSecret(object);
    case SECRET_STORES.kind:
    case CLUSTER_SECRET_STORES.kind:
      return admitStore(object);
    default:
      return refused('kind', 'is not served by this version of Esox');
  }
}

function admitExternalSecret(object: KubernetesObject): Parsed<KubernetesObject> {
  const parsed = parseExternalSecret(object);
  return parsed.ok ? unlessViolated(parsed.value, checkExternalSecret(parsed.value.spec)) : parsed;
}

function admitStore(object: KubernetesObject): Parsed<KubernetesObject> {
  const parsed = parseStore(object);
  return parsed.ok ? unlessViolated(parsed.value, checkStore(parsed.value.spec, compiles)) : parsed;
}

function unlessViolated(object: KubernetesObject, violations: readonly Violation[]): Parsed<KubernetesObject> {
  if (violations.length === 0) return ok(object);
  return { ok: false, problems: violations.map(({ path, message }) => ({ path: `spec.${path}`, message })) };
}
