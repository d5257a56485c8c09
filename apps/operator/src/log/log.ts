import type { Log } from '@esox/core';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Flags } from '../settings/served-flags.ts';
import { withoutErrors } from './without-errors.ts';

/** ESO's levels that pino does not have. Both are above `error`. */
const levels: Readonly<Record<string, string>> = { dpanic: 'fatal', panic: 'fatal' };

const times: Readonly<Record<string, () => string>> = {
  epoch: () => `,"ts":${Date.now() / 1000}`,
  millis: () => `,"ts":${Date.now()}`,
  nano: () => `,"ts":${Date.now()}000000`,
  iso8601: () => `,"ts":"${new Date().toISOString()}"`,
  rfc3339: () => `,"ts":"${new Date().toISOString().slice(0, 19)}Z"`,
  rfc3339nano: () => `,"ts":"${new Date().toISOString()}"`,
};

/** No `child`: what it binds is not looked at. */
export type OperatorLog = Pick<Logger, 'level' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'flush'>;

/** JSON lines. Of an error, wherever it stands, only name, code and places are logged: its text is not ours to trust. */
export function createLog(flags: Pick<Flags, 'loglevel' | 'zapTimeEncoding'>, stream: DestinationStream): OperatorLog {
  return pino(
    {
      level: levels[flags.loglevel] ?? flags.loglevel,
      base: null,
      messageKey: 'msg',
      timestamp: times[flags.zapTimeEncoding] ?? times['epoch'] ?? false,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(given, method) {
          method.apply(this, given.map((value) => withoutErrors(value)) as typeof given);
        },
      },
    },
    stream,
  );
}

/** The log that plugins and controllers get. */
export function sharedLog(logger: OperatorLog): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
  };
}
