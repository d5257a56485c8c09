import { Command, Option } from 'commander';
import { addServedFlags, type Flags } from './served-flags.ts';
import { unservedFlags } from './unserved-flags.ts';

export interface ParsedFlags {
  readonly flags: Flags;
  /** Names of flags that were given, without the dashes. */
  readonly given: ReadonlySet<string>;
}

const examples = `
Examples:
  KUBECONFIG=~/.kube/config esox-operator                  serve the cluster of a kubeconfig
  esox-operator --namespace team-a --loglevel debug        one namespace only
  esox-operator --embedded manifests --output-dir secrets  no cluster: a folder of manifests
  esox-operator --embedded manifests --once                one pass, then exit

Exit codes:
  0  stopped as asked; with --once: everything is in sync
  1  could not start, failed, or is no longer the leader
  2  wrong usage
  3  with --once: something is not in sync`;

/** Parses the command line. Throws commander's error on a mistake; `--help` is such a throw with exit code 0. */
export function parseFlags(args: readonly string[]): ParsedFlags {
  const command = createCommand();
  command.parse(args, { from: 'user' });
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  return { flags: command.opts<Flags>(), given: new Set(given.map((option) => option.name())) };
}

/** The command line; flags without an effect are hidden. */
export function createCommand(): Command {
  const command = new Command('esox-operator')
    .description('Keeps Kubernetes Secrets equal to external secret managers.')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .exitOverride();
  addServedFlags(command);
  for (const [name, { kind, why }] of Object.entries(unservedFlags)) {
    const option = new Option(kind === 'boolean' ? `--${name} [boolean]` : `--${name} <value>`, `no effect: ${why}`);
    command.addOption(option.hideHelp());
  }
  return command;
}
