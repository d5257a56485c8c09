import { type Command, Option } from 'commander';
import { boolean, collect, duration, wholeNumber } from './argument-types.ts';

/** Flags as they were given, with defaults. Names and defaults are ESO's where ESO has the flag. */
export interface Flags {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly controllerClass: string;
  readonly concurrent: number;
  readonly storeRequeueInterval: number;
  readonly enableFloodGate: boolean;
  readonly enableSecretStoreReconciler: boolean;
  readonly enableClusterStoreReconciler: boolean;
  readonly enableLeaderElection: boolean;
  readonly leaderElectionId: string;
  readonly leaderElectionLeaseDuration: number;
  readonly leaderElectionRenewDeadline: number;
  readonly leaderElectionRetryPeriod: number;
  readonly shutdownGracePeriod: number;
  readonly metricsAddr: string;
  readonly metricsSecure: boolean;
  readonly metricsAuth: boolean;
  readonly metricsCertDir: string;
  readonly metricsCertName: string;
  readonly metricsKeyName: string;
  readonly enableExtendedMetricLabels: boolean;
  readonly liveAddr: string;
  readonly loglevel: string;
  readonly zapTimeEncoding: string;
  readonly pluginDir: readonly string[];
  readonly pluginLock?: string;
  readonly embedded?: string;
  readonly outputDir?: string;
  readonly outputFormat: 'yaml' | 'dotenv';
  readonly output: 'human' | 'json';
  readonly once: boolean;
}

/** Adds the flags that have an effect, in the order in which they are shown. */
export function addServedFlags(command: Command): void {
  const add = (...options: readonly Option[]) => options.forEach((option) => command.addOption(option));
  add(...cluster, ...work, ...election, ...metrics, ...log, ...plugins, ...embedded);
}

const cluster = [
  text('--kubeconfig <file>', 'kubeconfig file; else KUBECONFIG, else the configuration inside a Pod'),
  text('--namespace <name>', 'serve one namespace only').default('', 'all'),
];

const work = [
  text('--controller-class <name>', 'serve stores of this class').default('default'),
  text('--concurrent <number>', 'objects in work at once where more than 200 are wanted')
    .argParser(wholeNumber)
    .default(1),
  time('--store-requeue-interval', 'time between two checks of a store', '5m'),
  choice('--enable-flood-gate', 'do not read from stores that are not ready', true),
  choice('--enable-secret-store-reconciler', 'check SecretStores and report their state', true),
  choice('--enable-cluster-store-reconciler', 'serve ClusterSecretStores', true),
  time('--shutdown-grace-period', 'time for work under way when stopping', '20s'),
];

const election = [
  choice('--enable-leader-election', 'of several replicas one works, the others stand by', false),
  text('--leader-election-id <name>', 'name of the Lease').default('external-secrets-controller'),
  time('--leader-election-lease-duration', 'a Lease that is not renewed for so long is taken over', '15s'),
  time('--leader-election-renew-deadline', 'a leader that cannot renew its Lease for so long gives up', '10s'),
  time('--leader-election-retry-period', 'time between two tries to get or renew the Lease', '2s'),
];

const metrics = [
  text('--metrics-addr <address>', 'metrics in the format of Prometheus; 0 for none').default(':8080'),
  choice('--metrics-secure', 'serve metrics over TLS', false),
  choice('--metrics-auth', 'serve metrics to those whom the cluster allows to get /metrics', false),
  text('--metrics-cert-dir <folder>', 'certificate and key for metrics; self-signed without it').default('', 'none'),
  text('--metrics-cert-name <file>', 'certificate in that folder').default('tls.crt'),
  text('--metrics-key-name <file>', 'key in that folder').default('tls.key'),
  choice('--enable-extended-metric-labels', 'add labels of the objects to their metrics', false),
  text('--live-addr <address>', '/healthz, /readyz and /plugins; 0 for none').default(':8082'),
];

const log = [
  text('--loglevel <level>', 'least level that is logged')
    .choices(['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'])
    .default('info'),
  text('--zap-time-encoding <encoding>', 'how times are logged')
    .choices(['epoch', 'millis', 'nano', 'iso8601', 'rfc3339', 'rfc3339nano'])
    .default('epoch'),
];

const plugins = [
  text('--plugin-dir <folder>', 'further folder of provider packages (repeatable)')
    .argParser(collect)
    .default([], 'none'),
  text('--plugin-lock <file>', 'load only packages that equal this lock'),
];

const embedded = [
  text('--embedded <folder>', 'no cluster: serve the manifests of this folder'),
  text('--output-dir <folder>', 'with --embedded: where Secrets are written (default: output, below the manifests)'),
  text('--output-format <format>', 'with --embedded: how Secrets are written')
    .choices(['yaml', 'dotenv'])
    .default('yaml'),
  text('--output <form>', 'with --embedded: what is printed').choices(['human', 'json']).default('human'),
  text('--once', 'with --embedded: one pass, then exit').default(false),
];

function text(flags: string, description: string): Option {
  return new Option(flags, description);
}

function choice(name: string, description: string, preset: boolean): Option {
  return new Option(`${name} [boolean]`, description).argParser(boolean).preset(true).default(preset);
}

function time(name: string, description: string, preset: string): Option {
  return new Option(`${name} <duration>`, description).argParser(duration).default(duration(preset), preset);
}
