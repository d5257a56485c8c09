import { join, resolve } from 'node:path';
import type { StoreKind } from '@esox/controllers';
import type { ProxySettings } from '@esox/core/host';
import { type Flags, parseFlags, unservedFlags } from './flags.ts';

/** Objects in work at once. In Node such an object costs memory, not a thread. */
const objectsInWork = 200;

export interface Settings {
  readonly flags: Flags;
  readonly namespace: string | undefined;
  readonly storeKinds: readonly StoreKind[];
  readonly concurrency: number;
  readonly embedded: { readonly manifests: string; readonly output: string } | undefined;
  readonly proxy: ProxySettings;
  readonly kubeconfig: string | undefined;
  /** Where the connection to the cluster is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined where nothing is served. */
  readonly metricsAddress: Address | undefined;
  readonly liveAddress: Address | undefined;
  readonly colour: boolean;
  /** Things that the user should know before anything starts. */
  readonly warnings: readonly string[];
}

export interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

/** The process's environment is read here and nowhere else. */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv, isTerminal: boolean): Settings {
  const { flags, unserved } = parseFlags(args);
  const embedded = flags.embedded === undefined ? undefined : embeddedFolders(flags.embedded, flags.outputDir);
  return {
    flags,
    embedded,
    namespace: flags.namespace === '' ? undefined : flags.namespace,
    storeKinds: storeKinds(flags),
    concurrency: Math.max(objectsInWork, flags.concurrent),
    proxy: proxyOf(environment),
    kubeconfig: flags.kubeconfig,
    environment,
    // Someone who tries Esox on a folder has other things on the usual ports.
    metricsAddress: !embedded || isGiven(args, 'metrics-addr') ? addressOf(flags.metricsAddr) : undefined,
    liveAddress: !embedded || isGiven(args, 'live-addr') ? addressOf(flags.liveAddr) : undefined,
    colour: isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb',
    warnings: unserved.map((name) => `--${name} has no effect: ${unservedFlags[name]?.why ?? 'it is not served'}`),
  };
}

/** `:8080`, `127.0.0.1:8080` or `[::1]:8080`; `0` and the empty text mean none. */
export function addressOf(text: string): Address | undefined {
  if (text === '0' || text === '') return undefined;
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(text);
  if (!match?.groups) throw new SettingsError(`"${text}" is not an address such as :8080 or 127.0.0.1:8080`);
  const host = match.groups['v6'] ?? match.groups['host'];
  return { host: host === '' ? undefined : host, port: Number(match.groups['port']) };
}

/** A setting makes no sense; the message says which and why. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

function embeddedFolders(manifests: string, output: string | undefined): { manifests: string; output: string } {
  const folder = resolve(manifests);
  return { manifests: folder, output: output === undefined ? join(folder, 'output') : resolve(output) };
}

function proxyOf(environment: NodeJS.ProcessEnv): ProxySettings {
  const value = (name: string) => environment[name.toLowerCase()] || environment[name.toUpperCase()] || undefined;
  return { httpProxy: value('http_proxy'), httpsProxy: value('https_proxy'), noProxy: value('no_proxy') };
}

function isGiven(args: readonly string[], name: string): boolean {
  return args.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
}

function storeKinds({ enableSecretStoreReconciler, enableClusterStoreReconciler }: Flags): StoreKind[] {
  return [
    ...(enableSecretStoreReconciler ? (['SecretStore'] as const) : []),
    ...(enableClusterStoreReconciler ? (['ClusterSecretStore'] as const) : []),
  ];
}
