import { join, resolve } from 'node:path';
import type { StoreKind } from '@esox/controllers';
import type { ProxySettings } from '@esox/core/host';
import { type Address, addressOf } from './address.ts';
import { parseFlags } from './flags.ts';
import type { Flags } from './served-flags.ts';
import { SettingsError } from './settings-error.ts';
import { unservedFlags } from './unserved-flags.ts';

/** Objects in work at once. In Node such an object costs memory, not a thread. */
const objectsInWork = 200;

export interface Settings {
  readonly flags: Flags;
  readonly namespace: string | undefined;
  /** Kinds of stores that ExternalSecrets may use. */
  readonly storeKinds: readonly StoreKind[];
  /** Those of them whose state is reported. */
  readonly reportedStoreKinds: readonly StoreKind[];
  readonly concurrency: number;
  readonly embedded: { readonly manifests: string; readonly output: string } | undefined;
  readonly leaderElection: LeaderElectionSettings | undefined;
  readonly proxy: ProxySettings;
  readonly kubeconfig: string | undefined;
  /** Where the connection to the cluster is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined where nothing is served. */
  readonly metrics: MetricsSettings | undefined;
  readonly liveAddress: Address | undefined;
  readonly colour: boolean;
  /** Things that the user should know before anything starts. */
  readonly warnings: readonly string[];
}

export interface LeaderElectionSettings {
  readonly name: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

export interface MetricsSettings {
  readonly address: Address;
  readonly tls: { readonly files: { readonly cert: string; readonly key: string } | undefined } | undefined;
  /** The cluster is asked who may read. */
  readonly authorized: boolean;
}

/** The process's environment is read here and nowhere else. */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv, isTerminal: boolean): Settings {
  const { flags, given } = parseFlags(args);
  checkTogether(flags, given);
  checkEnvironment(environment);
  const embedded = flags.embedded === undefined ? undefined : embeddedFolders(flags.embedded, flags.outputDir);
  return {
    flags,
    embedded,
    namespace: flags.namespace === '' ? undefined : flags.namespace,
    storeKinds: served(flags),
    reportedStoreKinds: served(flags).filter((kind) => kind !== 'SecretStore' || flags.enableSecretStoreReconciler),
    concurrency: Math.max(objectsInWork, flags.concurrent),
    leaderElection: flags.enableLeaderElection && !embedded ? leaderElection(flags) : undefined,
    proxy: proxyOf(environment),
    kubeconfig: flags.kubeconfig,
    environment,
    // Someone who tries Esox on a folder has other things on the usual ports.
    metrics: !embedded || given.has('metrics-addr') ? metrics(flags) : undefined,
    liveAddress: !embedded || given.has('live-addr') ? addressOf(flags.liveAddr) : undefined,
    colour: isTerminal && mayColour(environment),
    warnings: [...given].flatMap((name) => warningOf(name, embedded !== undefined)),
  };
}

const onlyEmbedded = ['output-dir', 'output-format', 'output', 'once'];

function checkTogether(flags: Flags, given: ReadonlySet<string>): void {
  const lonely = onlyEmbedded.find((name) => given.has(name));
  if (lonely && flags.embedded === undefined) throw new SettingsError(`--${lonely} needs --embedded`);
  if (flags.metricsAuth && !flags.metricsSecure) {
    throw new SettingsError('--metrics-auth needs --metrics-secure: a token must not travel in the clear');
  }
  if (flags.metricsAuth && flags.embedded !== undefined) {
    throw new SettingsError('--metrics-auth needs a cluster, which knows who may read; leave it out with --embedded');
  }
}

function checkEnvironment(environment: NodeJS.ProcessEnv): void {
  const refuse = (name: string, why: string): never => {
    throw new SettingsError(`the environment variable ${name} ${why}: unset it`);
  };
  if (environment['NODE_DEBUG']) refuse('NODE_DEBUG', 'has requests printed with all that they carry');
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    refuse('NODE_TLS_REJECT_UNAUTHORIZED', 'turns off the check of every certificate; a store can name its own CA');
  }
}

function warningOf(name: string, isEmbedded: boolean): string[] {
  const unserved = unservedFlags[name];
  if (unserved) return [`--${name} has no effect: ${unserved.why}`];
  const isElection = name === 'enable-leader-election' && isEmbedded;
  return isElection ? [`--${name} has no effect: a folder is served by one process`] : [];
}

function embeddedFolders(manifests: string, output: string | undefined): { manifests: string; output: string } {
  const folder = resolve(manifests);
  return { manifests: folder, output: output === undefined ? join(folder, 'output') : resolve(output) };
}

function leaderElection(flags: Flags): LeaderElectionSettings {
  const { leaderElectionLeaseDuration: leaseDurationMs, leaderElectionRenewDeadline: renewDeadlineMs } = flags;
  const { leaderElectionRetryPeriod: retryPeriodMs, leaderElectionId: name } = flags;
  if (name === '') throw new SettingsError('--leader-election-id must not be empty');
  if (leaseDurationMs <= renewDeadlineMs) {
    throw new SettingsError('--leader-election-lease-duration must be longer than --leader-election-renew-deadline');
  }
  if (retryPeriodMs <= 0 || renewDeadlineMs <= 1.2 * retryPeriodMs) {
    throw new SettingsError('--leader-election-renew-deadline must be over 1.2 times --leader-election-retry-period');
  }
  return { name, leaseDurationMs, renewDeadlineMs, retryPeriodMs };
}

function metrics(flags: Flags): MetricsSettings | undefined {
  const { metricsCertDir: folder, metricsCertName: cert, metricsKeyName: key, metricsSecure, metricsAuth } = flags;
  const address = addressOf(flags.metricsAddr);
  if (!address) return undefined;
  const files = folder === '' ? undefined : { cert: join(folder, cert), key: join(folder, key) };
  return { address, tls: metricsSecure ? { files } : undefined, authorized: metricsAuth };
}

function mayColour(environment: NodeJS.ProcessEnv): boolean {
  return !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

function proxyOf(environment: NodeJS.ProcessEnv): ProxySettings {
  const value = (name: string) => environment[name.toLowerCase()] || environment[name.toUpperCase()] || undefined;
  return { httpProxy: value('http_proxy'), httpsProxy: value('https_proxy'), noProxy: value('no_proxy') };
}

function served({ enableClusterStoreReconciler }: Flags): StoreKind[] {
  return enableClusterStoreReconciler ? ['SecretStore', 'ClusterSecretStore'] : ['SecretStore'];
}
