import type { Log } from '@esox/core';
import { type Logger, pino } from 'pino';
import type { Flags } from '../settings/flags.ts';

/** ESO's levels that pino does not have. */
const levels: Readonly<Record<string, string>> = { dpanic: 'error', panic: 'fatal' };

const times: Readonly<Record<string, () => string>> = {
  epoch: () => `,"ts":${Date.now() / 1000}`,
  millis: () => `,"ts":${Date.now()}`,
  nano: () => `,"ts":${Date.now()}000000`,
  iso8601: () => `,"ts":"${new Date().toISOString()}"`,
  rfc3339: () => `,"ts":"${new Date().toISOString().slice(0, 19)}Z"`,
  rfc3339nano: () => `,"ts":"${new Date().toISOString()}"`,
};

/** JSON lines on standard error. Errors are logged by name and code: their texts are not ours to trust. */
export function createLog(flags: Pick<Flags, 'loglevel' | 'zapTimeEncoding'>, quiet: boolean): Logger {
  const level = quiet ? 'silent' : (levels[flags.loglevel] ?? flags.loglevel);
  return pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: times[flags.zapTimeEncoding] ?? times['epoch'] ?? false,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/** The log that plugins and controllers get. */
export function sharedLog(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
  };
}

interface DescribedError {
  readonly name: string;
  readonly code?: string;
  /** Places in the code, without the message, which may quote a value. */
  readonly stack?: string[];
}

export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, ...code, ...(stack ? { stack: stack.map((line) => line.trim()) } : {}) };
}
