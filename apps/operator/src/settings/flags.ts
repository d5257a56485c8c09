import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '@esox/core/engine';

/** Flags as they were given, with defaults. Names and defaults are ESO's where ESO has the flag. */
export interface Flags {
  readonly metricsAddr: string;
  readonly liveAddr: string;
  readonly controllerClass: string;
  readonly concurrent: number;
  readonly loglevel: string;
  readonly zapTimeEncoding: string;
  readonly namespace: string;
  readonly kubeconfig?: string;
  readonly enableClusterStoreReconciler: boolean;
  readonly enableSecretStoreReconciler: boolean;
  readonly enableFloodGate: boolean;
  readonly storeRequeueInterval: number;
  readonly embedded?: string;
  readonly outputDir?: string;
  readonly outputFormat: 'yaml' | 'dotenv';
  readonly once: boolean;
  readonly output: 'human' | 'json';
  readonly pluginDir: readonly string[];
  readonly pluginLock?: string;
  readonly shutdownGracePeriod: number;
}

/** Flags of ESO that do nothing here, each with the reason, which is logged when such a flag is set. */
export const unservedFlags: Readonly<Record<string, { readonly kind: 'boolean' | 'value'; readonly why: string }>> = {
  'enable-leader-election': { kind: 'boolean', why: 'leader election is not served yet: run one replica' },
  'leader-election-id': { kind: 'value', why: 'leader election is not served yet' },
  'leader-election-lease-duration': { kind: 'value', why: 'leader election is not served yet' },
  'leader-election-renew-deadline': { kind: 'value', why: 'leader election is not served yet' },
  'leader-election-retry-period': { kind: 'value', why: 'leader election is not served yet' },
  'metrics-secure': { kind: 'boolean', why: 'metrics are served without TLS' },
  'metrics-auth': { kind: 'boolean', why: 'metrics are served without authentication' },
  'metrics-cert-dir': { kind: 'value', why: 'metrics are served without TLS' },
  'metrics-cert-name': { kind: 'value', why: 'metrics are served without TLS' },
  'metrics-key-name': { kind: 'value', why: 'metrics are served without TLS' },
  'client-qps': { kind: 'value', why: 'there is no fixed ceiling: the API server says when it is too much' },
  'client-burst': { kind: 'value', why: 'there is no fixed ceiling: the API server says when it is too much' },
  'enable-cluster-external-secret-reconciler': { kind: 'boolean', why: 'the kind is not served yet' },
  'enable-cluster-push-secret-reconciler': { kind: 'boolean', why: 'the kind is not served yet' },
  'enable-push-secret-reconciler': { kind: 'boolean', why: 'the kind is not served yet' },
  'enable-secrets-caching': { kind: 'boolean', why: 'no values are cached; metadata of Secrets always is' },
  'enable-configmaps-caching': { kind: 'boolean', why: 'ConfigMaps are not cached' },
  'enable-managed-secrets-caching': { kind: 'boolean', why: 'no values are cached; metadata of Secrets always is' },
  'enable-secret-api-read-on-cache-mismatch': { kind: 'boolean', why: 'there is only one cache' },
  'enable-generator-state': { kind: 'boolean', why: 'generators are not served yet' },
  'enable-extended-metric-labels': { kind: 'boolean', why: 'extended metric labels are not served yet' },
  'enable-http2': { kind: 'boolean', why: 'metrics are served over HTTP/1.1' },
  'unsafe-allow-generic-targets': { kind: 'boolean', why: 'generic targets are not served yet' },
  'generator-gc-grace-period': { kind: 'value', why: 'generators are not served yet' },
  'template-left-delimiter': { kind: 'value', why: 'templates are not served yet' },
  'template-right-delimiter': { kind: 'value', why: 'templates are not served yet' },
  'enable-vault-token-cache': { kind: 'boolean', why: 'one login per store is kept and renewed anyway' },
  'vault-token-cache-size': { kind: 'value', why: 'one login per store is kept and renewed anyway' },
  'experimental-enable-vault-token-cache': { kind: 'boolean', why: 'one login per store is kept and renewed anyway' },
  'experimental-vault-token-cache-size': { kind: 'value', why: 'one login per store is kept and renewed anyway' },
  'experimental-enable-doppler-oidc-cache': { kind: 'boolean', why: 'the provider is not served yet' },
  'experimental-doppler-oidc-cache-size': { kind: 'value', why: 'the provider is not served yet' },
  'doppler-etag-cache-size': { kind: 'value', why: 'the provider is not served yet' },
  'mysterybox-tokens-cache-size': { kind: 'value', why: 'the provider is not served yet' },
  'mysterybox-connections-cache-size': { kind: 'value', why: 'the provider is not served yet' },
};

export interface ParsedFlags {
  readonly flags: Flags;
  /** Names of `unservedFlags` that were given. */
  readonly unserved: readonly string[];
}

const examples = `
Examples:
  KUBECONFIG=~/.kube/config esox-operator                  serve the cluster of a kubeconfig
  esox-operator --namespace team-a --loglevel debug        one namespace only
  esox-operator --embedded manifests --output-dir secrets  no cluster: a folder of manifests
  esox-operator --embedded manifests --once                one pass, then exit

Exit codes:
  0  stopped as asked; with --once: everything is in sync
  1  could not start, or failed
  2  wrong usage
  3  with --once: something is not in sync`;

/** Parses the command line. Throws commander's error on a mistake; `--help` is such a throw with exit code 0. */
export function parseFlags(args: readonly string[]): ParsedFlags {
  const command = new Command('esox-operator')
    .description('Keeps Kubernetes Secrets equal to external secret managers.')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .exitOverride();
  addServed(command);
  for (const [name, { kind, why }] of Object.entries(unservedFlags)) {
    const option = new Option(kind === 'boolean' ? `--${name} [boolean]` : `--${name} <value>`, `no effect: ${why}`);
    command.addOption(option.hideHelp());
  }
  command.parse(args, { from: 'user' });
  const given = Object.keys(unservedFlags).filter((name) => command.getOptionValueSource(camelCase(name)) === 'cli');
  return { flags: command.opts<Flags>(), unserved: given };
}

function addServed(command: Command): void {
  command
    .option('--kubeconfig <file>', 'kubeconfig file; else KUBECONFIG, else the configuration inside a Pod')
    .addOption(new Option('--namespace <name>', 'serve one namespace only').default('', 'all'))
    .option('--controller-class <name>', 'serve stores of this class', 'default')
    .option('--concurrent <number>', 'objects in work at once where more than 200 are wanted', wholeNumber, 1)
    .addOption(durationOption('--store-requeue-interval', 'time between two checks of a store', '5m'))
    .option('--enable-flood-gate [boolean]', 'do not read from stores that are not ready', boolean, true)
    .option('--enable-secret-store-reconciler [boolean]', 'serve SecretStores', boolean, true)
    .option('--enable-cluster-store-reconciler [boolean]', 'serve ClusterSecretStores', boolean, true)
    .option('--metrics-addr <address>', 'metrics in the format of Prometheus; 0 for none', ':8080')
    .option('--live-addr <address>', '/healthz, /readyz and /plugins; 0 for none', ':8082')
    .addOption(
      new Option('--plugin-dir <folder>', 'further folder of provider packages (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--plugin-lock <file>', 'load only packages that equal this lock')
    .addOption(durationOption('--shutdown-grace-period', 'time for work under way when stopping', '20s'))
    .option('--embedded <folder>', 'no cluster: serve the manifests of this folder')
    .option(
      '--output-dir <folder>',
      'with --embedded: where Secrets are written (default: output, below the manifests)',
    )
    .option('--once', 'with --embedded: one pass, then exit', false)
    .addOption(levels())
    .addOption(encodings())
    .addOption(
      new Option('--output-format <format>', 'with --embedded: how Secrets are written')
        .choices(['yaml', 'dotenv'])
        .default('yaml'),
    )
    .addOption(
      new Option('--output <form>', 'with --embedded: what is printed').choices(['human', 'json']).default('human'),
    );
}

function durationOption(name: string, description: string, preset: string): Option {
  return new Option(`${name} <duration>`, description).argParser(duration).default(duration(preset), preset);
}

function levels(): Option {
  return new Option('--loglevel <level>', 'least level that is logged')
    .choices(['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'])
    .default('info');
}

function encodings(): Option {
  return new Option('--zap-time-encoding <encoding>', 'how times are logged')
    .choices(['epoch', 'millis', 'nano', 'iso8601', 'rfc3339', 'rfc3339nano'])
    .default('epoch');
}

function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw new InvalidArgumentError('a duration such as 5m or 1h30m is wanted.');
  return ms;
}

function boolean(text: string | boolean): boolean {
  if (text === true || text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('true or false is wanted.');
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
}
