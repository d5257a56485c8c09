import { join } from 'node:path';
import type { Option } from 'commander';
import { expect, it } from 'vitest';
import { createCommand } from './flags.ts';
import { unservedFlags } from './unserved-flags.ts';

const page = join(import.meta.dirname, '../../../../docs/reference/flags.md');

function row(option: Option): string {
  const choices = option.argChoices?.map((choice) => `\`${choice}\``).join(', ');
  const cells = [`\`${option.flags}\``, presetOf(option), [option.description, choices].filter(Boolean).join(': ')];
  return `| ${cells.join(' | ')} |`;
}

function presetOf({ defaultValue, defaultValueDescription: shown }: Option): string {
  if (shown !== undefined) return shown;
  return defaultValue === undefined ? '' : `\`${String(defaultValue)}\``;
}

it('docs/reference/flags.md says what the command line takes; `vitest -u` writes it anew', async () => {
  const { options } = createCommand();
  const served = options.filter((option) => !option.hidden).map(row);
  const unserved = Object.entries(unservedFlags).map(([name, { why }]) => `| \`--${name}\` | ${why} |`);
  const lines = [
    '# Flags of the operator',
    '',
    '<!-- Written by the test `apps/operator/src/settings/flags-page.test.ts`. -->',
    '',
    'Names, defaults and forms are those of ESO where ESO has the flag. `--flag=value` and `--flag value` are the same; a flag with `[boolean]` is true without a value. A duration is one of Go, such as `5m` or `1h30m`.',
    '',
    '| Flag | Default | Meaning |',
    '|---|---|---|',
    ...served,
    '',
    '## Taken without effect',
    '',
    'These flags of ESO are accepted, so that an installation can be moved as it is. Each is named in the log when it is set.',
    '',
    '| Flag | Why |',
    '|---|---|',
    ...unserved,
    '',
    '## Environment',
    '',
    '| Variable | Meaning |',
    '|---|---|',
    '| `KUBECONFIG` | kubeconfig files, as for kubectl |',
    '| `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, and in small letters | proxies for stores |',
    '| `NO_COLOR`, `TERM` | whether the table on the terminal has colours |',
    '| `NODE_DEBUG`, `NODE_TLS_REJECT_UNAUTHORIZED=0` | the operator does not start: they would leak or weaken |',
    '',
  ];
  await expect(lines.join('\n')).toMatchFileSnapshot(page);
});
