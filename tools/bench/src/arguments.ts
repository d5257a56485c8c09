import { parseArgs } from 'node:util';

export const phases = [
  'first-sync',
  'unchanged-refresh',
  'change-one',
  'rotation',
  'restart',
  'kill',
  'hanging-store',
  'bare-client',
] as const;
export type Phase = (typeof phases)[number];

export interface BenchOptions {
  readonly objects: number;
  readonly namespaces: number;
  readonly distinctKeys: number;
  readonly properties: number;
  /** A Go duration. */
  readonly refreshInterval: string;
  readonly auth: 'approle' | 'token';
  readonly latencyMs: number;
  /** Requests per second that the backend answers; the others get 429. */
  readonly rateLimit: number | undefined;
  readonly phases: readonly Phase[];
  readonly unchangedSeconds: number;
  readonly unchangedRounds: number;
  readonly changes: number;
  /** Objects on a store that never answers, in the phase `hanging-store`. */
  readonly hangingObjects: number;
  readonly repeat: number;
  readonly deadlineSeconds: number;
  readonly crdsFile: string | undefined;
  readonly operatorLog: string | undefined;
  readonly output: 'human' | 'json';
  /** Compares with what ESO needs; sizes and phases are those of the comparison. */
  readonly compare: 'eso' | undefined;
  /** The operator's command line; the repository's own operator where there is none. */
  readonly command: readonly string[] | undefined;
}

/** A mistake on the command line. */
export class UsageError extends Error {}

export const usage = `Measures what an operator needs for a number of ExternalSecrets.

  npm run bench -- [options] [-- command of the operator…]

The bench starts its own etcd, kube-apiserver and a counting stand-in for Vault, makes the objects, and starts the
operator with KUBECONFIG, PATH and HOME as its whole environment. Linux only: CPU and memory are read from /proc.

What is made
  --objects <n>               ExternalSecrets (default 1000)
  --namespaces <n>            that they are spread over (default 10)
  --distinct-keys <n>         remote keys that they read (default: as many as objects)
  --properties <n>            properties of a key, and so entries of an object (default 1)
  --refresh-interval <d>      of the objects, as a Go duration (default 1h)
  --auth <method>             of the store: approle, token (default approle)
  --latency-ms <n>            each answer of the backend takes at least so long (default 0)
  --rate-limit <n>            the backend answers so many requests a second, and 429 to the others (default: no limit)

What is measured
  --phases <list>             ${phases.join(', ')} (default: all)
  --unchanged-seconds <n>     refreshInterval during unchanged-refresh and rotation (default 20)
  --unchanged-rounds <n>      so many intervals are measured (default 3)
  --changes <n>               keys changed in change-one, one after the other (default 10)
  --hanging-objects <n>       on a second store that never answers, in hanging-store (default 300)
  --repeat <n>                runs, each on new servers; min, median and max are printed (default 1)

  --compare eso               the cases that ESO was measured in, beside its figures and the goals (about 5 minutes)

How
  --deadline-seconds <n>      for each wait (default 600)
  --crds <file>               CustomResourceDefinitions as JSON or YAML (default: those of "npm run crds")
  --operator-log <file>       where the operator's output goes (default: kept until the end of the run)
  --output <form>             human, json (default human)
  --help

Examples
  npm run bench
  npm run bench -- --objects 200 --phases first-sync,bare-client --repeat 5
  npm run bench -- --distinct-keys 50 --latency-ms 20 --output json
  npm run bench -- --compare eso --repeat 3
  npm run bench -- --phases first-sync -- node --cpu-prof --cpu-prof-dir=profiles apps/operator/dist/main.js
  npm run bench -- --crds bundle.yaml -- external-secrets --concurrent=20

Exit codes
  0    all objects were synced, and every Secret is as it should be
  1    objects were not ready in time, or the bench could not do its work
  2    wrong usage
  3    a Secret differs from what the backend holds
  130  interrupted
`;

const text = { type: 'string' } as const;
const optionTypes = {
  objects: text,
  namespaces: text,
  'distinct-keys': text,
  properties: text,
  'refresh-interval': text,
  auth: text,
  'latency-ms': text,
  'rate-limit': text,
  phases: text,
  'unchanged-seconds': text,
  'unchanged-rounds': text,
  changes: text,
  'hanging-objects': text,
  repeat: text,
  'deadline-seconds': text,
  crds: text,
  'operator-log': text,
  output: text,
  compare: text,
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = { readonly [name in keyof typeof optionTypes]?: string | boolean | undefined };

/** `help` where it was asked for. Throws UsageError. */
export function parseArguments(args: readonly string[]): BenchOptions | 'help' {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const command = end === -1 ? [] : args.slice(end + 1);
  const values = valuesOf(own);
  if (values.help === true) return 'help';
  if (end !== -1 && command.length === 0) throw new UsageError('no command after --');
  return optionsOf(values, command);
}

function valuesOf(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: optionTypes, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function optionsOf(values: Values, command: readonly string[]): BenchOptions {
  const objects = whole(values, 'objects', 1, 1000);
  return {
    objects,
    namespaces: atMost(objects, 'namespaces', whole(values, 'namespaces', 1, Math.min(10, objects))),
    distinctKeys: atMost(objects, 'distinct-keys', whole(values, 'distinct-keys', 1, objects)),
    properties: whole(values, 'properties', 1, 1),
    refreshInterval: duration(values['refresh-interval'] ?? '1h'),
    auth: oneOf(['approle', 'token'], 'auth', values.auth ?? 'approle'),
    latencyMs: whole(values, 'latency-ms', 0, 0),
    rateLimit: values['rate-limit'] === undefined ? undefined : whole(values, 'rate-limit', 1, 1),
    phases: phaseList(values.phases ?? phases.join(',')),
    unchangedSeconds: whole(values, 'unchanged-seconds', 1, 20),
    unchangedRounds: whole(values, 'unchanged-rounds', 1, 3),
    changes: whole(values, 'changes', 1, 10),
    hangingObjects: whole(values, 'hanging-objects', 1, 300),
    repeat: whole(values, 'repeat', 1, 1),
    deadlineSeconds: whole(values, 'deadline-seconds', 1, 600),
    crdsFile: optionalText(values.crds),
    operatorLog: optionalText(values['operator-log']),
    output: oneOf(['human', 'json'], 'output', values.output ?? 'human'),
    compare: values.compare === undefined ? undefined : oneOf(['eso'] as const, 'compare', values.compare),
    command: command.length === 0 ? undefined : command,
  };
}

function whole(values: Values, name: keyof Values, least: number, preset: number): number {
  const value = values[name] ?? preset;
  const number = Number(value);
  if (!/^\d+$/.test(String(value)) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`--${name} wants a whole number of at least ${least}, not "${value}"`);
  }
  return number;
}

function atMost(objects: number, name: string, value: number): number {
  if (value <= objects) return value;
  throw new UsageError(`--${name} ${value} is more than --objects ${objects}`);
}

function duration(value: string | boolean): string {
  if (/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(String(value))) return String(value);
  throw new UsageError(`--refresh-interval wants a Go duration such as 30s or 1h, not "${value}"`);
}

function oneOf<T extends string>(choices: readonly T[], name: string, value: string | boolean): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw new UsageError(`--${name} wants one of ${choices.join(', ')}, not "${value}"`);
}

/** In the order in which they run, whatever the order on the command line. */
function phaseList(value: string | boolean): Phase[] {
  const names = String(value)
    .split(',')
    .map((name) => oneOf(phases, 'phases', name.trim()));
  return phases.filter((phase) => names.includes(phase));
}

function optionalText(value: string | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
