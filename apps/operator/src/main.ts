import { pino } from 'pino';
import { createLog } from './log/log.ts';
import { describeError } from './log/without-errors.ts';
import { SettingsError } from './settings/settings-error.ts';
import { readSettings, type Settings } from './settings/settings.ts';
import { exitCode } from './exit-code.ts';

/** Everything but `--help` is imported after the command line has been understood, so that a mistake is told at once. */
async function main(): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings(process.argv.slice(2), process.env, process.stdout.isTTY);
  } catch (error) {
    return usage(error);
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const logger = createLog(settings.flags, pino.destination({ dest: 2, sync: true }));
  // Beside the table on the terminal only what was asked for is logged.
  if (settings.embedded && settings.flags.loglevel === 'info') logger.level = 'silent';
  for (const warning of settings.warnings) logger.warn(warning);
  try {
    if (!settings.embedded) {
      const { runOnCluster } = await import('./run-on-cluster.ts');
      await runOnCluster(settings, logger, stop.signal);
      return exitCode.ok;
    }
    const { runEmbedded } = await import('./run-embedded.ts');
    const out = terminal(settings.colour);
    const inSync = await runEmbedded({ settings, folders: settings.embedded, logger, stop: stop.signal, out });
    return settings.flags.once && !inSync ? exitCode.notInSync : exitCode.ok;
  } catch (error) {
    return failed(error);
  }
}

function terminal(colour: boolean) {
  return {
    colour,
    get columns() {
      return process.stdout.columns;
    },
    get rows() {
      return process.stdout.rows;
    },
    isTTY: process.stdout.isTTY,
    write: (text: string) => process.stdout.write(text),
  };
}

/** Commander has already printed its own messages. */
function usage(error: unknown): number {
  if (error instanceof SettingsError) {
    process.stderr.write(`esox-operator: ${error.message}\n`);
    return exitCode.usage;
  }
  const code = error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
  if (code === undefined) throw error;
  return code === 0 ? exitCode.ok : exitCode.usage;
}

/** Errors of our own say what to do; of others only their kind and place are shown. */
function failed(error: unknown): number {
  const known =
    error instanceof Error && ['SettingsError', 'PluginError', 'ClusterError', 'LeadershipLost'].includes(error.name);
  const text = known ? (error as Error).message : `unexpected error ${JSON.stringify(describeError(error))}`;
  process.stderr.write(`esox-operator: ${text}\n`);
  return exitCode.failed;
}

// Node would print the error itself, with all that is in it.
process.on('uncaughtException', (error) => process.exit(failed(error)));
// What a plugin left open keeps nobody waiting.
process.exit(await main());
