/** How an ExternalSecret or a store stands. All times are milliseconds since the epoch. */
export interface Row {
  readonly kind: 'ExternalSecret' | 'SecretStore' | 'ClusterSecretStore';
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Status of the Ready condition; undefined until the first one is there. */
  readonly ready: 'True' | 'False' | 'Unknown' | undefined;
  readonly reason?: string | undefined;
  /** What the Ready condition says. Shown where it is not True. */
  readonly message?: string | undefined;
  /** Of an ExternalSecret: the stores it reads. Of a store: its provider. */
  readonly store?: string | undefined;
  /** How many keys the Secret has. */
  readonly keys?: number | undefined;
  /** When values were last read, or the store was last checked. */
  readonly lastSync?: number | undefined;
  readonly nextSync?: number | undefined;
  /** When the Secret was last written, since a read that finds nothing new writes nothing. */
  readonly lastChange?: number | undefined;
  /** Where the Secret is. */
  readonly target?: string | undefined;
}

/** Something that is wrong but belongs to no row. */
export interface Problem {
  /** Such as `stores.yaml, document 2`. */
  readonly where: string;
  readonly message: string;
}

export interface Counts {
  readonly ready: number;
  readonly failed: number;
  readonly pending: number;
}

export interface Snapshot {
  readonly at: number;
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  readonly counts: { readonly externalSecrets: Counts; readonly stores: Counts };
}

export function snapshotOf(at: number, rows: readonly Row[], problems: readonly Problem[]): Snapshot {
  const counts = {
    externalSecrets: count(rows.filter(isExternalSecret)),
    stores: count(rows.filter((row) => !isExternalSecret(row))),
  };
  return { at, rows: rows.toSorted(byKindAndName), problems, counts };
}

export function isExternalSecret(row: Row): boolean {
  return row.kind === 'ExternalSecret';
}

/** `ExternalSecret team-a/database` */
export function subjectOf(row: Row): string {
  return `${row.kind} ${nameOf(row)}`;
}

export function nameOf({ namespace, name }: Row): string {
  return namespace ? `${namespace}/${name}` : name;
}

function count(rows: readonly Row[]): Counts {
  const ready = rows.filter((row) => row.ready === 'True').length;
  const failed = rows.filter((row) => row.ready === 'False').length;
  return { ready, failed, pending: rows.length - ready - failed };
}

function byKindAndName(a: Row, b: Row): number {
  const [left, right] = [subjectOf(a), subjectOf(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
