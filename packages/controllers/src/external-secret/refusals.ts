import { checkExternalSecret, type ExternalSecret } from '@esox/api';
import { isPlain } from './plain-template.ts';
import { TargetError } from './target-error.ts';

/** Throws a TargetError for what no retry can mend: rules that admission may have missed, and what is not served yet. */
export function refuseUnserved(object: ExternalSecret): void {
  const [violation] = checkExternalSecret(object.spec);
  if (violation) throw new TargetError('invalid-spec', `spec.${violation.path}: ${violation.message}`);
  const { template, manifest } = object.spec.target;
  if (template && !isPlain(template)) {
    throw new TargetError(
      'not-supported',
      'spec.target.template: this version of Esox does not render templates yet; the Secret is left as it is. Keep to texts without actions and leave templateFrom out, or use a later version',
    );
  }
  if (manifest && !(manifest.apiVersion === 'v1' && manifest.kind === 'Secret')) {
    throw new TargetError(
      'not-supported',
      'spec.target.manifest: this version of Esox writes Secrets only; nothing is written. Remove the manifest, or use a later version',
    );
  }
}
