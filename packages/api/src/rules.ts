/** What ESO's admission webhook refuses. One text each for the API server and for the controller. */
export const RULES = {
  deletionPolicyDelete:
    'deletionPolicy Delete cannot go with creationPolicy Merge, None or CreateOrMerge, because such a Secret is not its own. Use creationPolicy Owner, or deletionPolicy Retain or Merge',
  deletionPolicyMerge:
    'deletionPolicy Merge cannot go with creationPolicy None, because no Secret is written. Use another creationPolicy, or deletionPolicy Retain',
  nothingToRead: 'set data or dataFrom: without either there is nothing to read',
  bootstrapToken:
    'type bootstrap.kubernetes.io/token is refused, because such a Secret lets its holder join a node to the cluster. Use another type',
  serviceAccountToken:
    'type kubernetes.io/service-account-token is refused together with the annotation kubernetes.io/service-account.name, because Kubernetes would put a token of that ServiceAccount into the Secret. Remove the annotation, or use another type',
  serviceAccountTokenAnnotations:
    'type kubernetes.io/service-account-token is refused together with a templateFrom whose target is Annotations, because it could render the annotation kubernetes.io/service-account.name. Use target Data or Labels, or another type',
  templateTarget:
    'target of a templateFrom must be Data, Labels or Annotations when the target is a Secret. Set one of them, or name another kind in target.manifest',
  oneSourceOfDataFrom:
    'an entry of dataFrom has at most one of extract, find and sourceRef.generatorRef. Make an entry of each',
  noSourceOfDataFrom: 'an entry of dataFrom needs extract, find or sourceRef',
  emptySourceRef: 'sourceRef needs storeRef or generatorRef',
  duplicateSecretKey:
    'with deletionPolicy Retain every data[].secretKey must be another one. Rename or remove the second, or use another deletionPolicy, under which the last one wins',
  duration: 'must be a duration such as 1h30m, 45s or 0s',
  windowDuration: 'syncWindows.windows[].duration must be a duration such as 1h30m, 45s or 0s',
  refreshInterval:
    'refreshInterval must be a number of seconds or a duration such as 1h30m, 45s or 0s, and not negative',
  oneProvider: 'provider must name exactly one provider',
  namespaceRegex: 'not a valid RE2 expression',
} as const;

export type Rule = keyof typeof RULES;

/** A rule that an object breaks. `path` begins below `spec` and names no value. */
export interface Violation {
  readonly rule: Rule;
  readonly path: string;
  readonly message: string;
}

export const violation = (rule: Rule, path: string): Violation => ({ rule, path, message: RULES[rule] });
