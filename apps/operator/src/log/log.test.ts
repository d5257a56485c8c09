import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createLog, sharedLog } from './log.ts';

const canary = 'CANARY-5up3r-s3cret';

function log({ loglevel = 'debug', zapTimeEncoding = 'epoch' }: { loglevel?: string; zapTimeEncoding?: string } = {}) {
  const stream = new PassThrough({ encoding: 'utf8' });
  const logger = createLog({ loglevel, zapTimeEncoding }, stream);
  const text = (): string => (stream.read() as string | null) ?? '';
  const lines = (): Record<string, unknown>[] =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, text, lines };
}

/** An error as clients throw them: text, cause, request and answer all hold the value. */
function foreignError(): Error {
  const cause = Object.assign(new Error(`cause ${canary}`), { body: canary, code: `E ${canary}` });
  const error = new Error(`refused "${canary}"\n    at ${canary} (line:1:1)`, { cause });
  return Object.assign(error, {
    config: { headers: { authorization: canary } },
    name: `Error ${canary}`,
    code: 'EAUTH',
  });
}

it('no part of a foreign error but its code and places reaches the log, however it is given', () => {
  const { logger, text } = log();
  const error = foreignError();
  logger.error(error);
  logger.error(error, 'with a text');
  logger.error({ err: error }, 'as err');
  logger.error({ error, cause: error.cause, reason: error, other: { nested: [error] } }, 'under any name');
  logger.error('formatted %s %o %j', error, error, error);
  sharedLog(logger).warn('from a plugin', { error, cause: error.cause, again: error });
  const written = text();
  expect(written.split('\n').filter(Boolean)).toHaveLength(6);
  expect(written).not.toContain(canary);
  expect(written).toContain('EAUTH');
  expect(written).toContain('log.test.ts');
});

it.each([
  ['debug', ['debug', 'info', 'warn', 'error', 'fatal']],
  ['info', ['info', 'warn', 'error', 'fatal']],
  ['warn', ['warn', 'error', 'fatal']],
  ['error', ['error', 'fatal']],
  ['dpanic', ['fatal']],
  ['panic', ['fatal']],
  ['fatal', ['fatal']],
])('level %s logs %j', (loglevel, expected) => {
  const { logger, lines } = log({ loglevel });
  for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]('text');
  expect(lines().map(({ level }) => level)).toEqual(expected);
});

it('writes one line of JSON each, with the keys of ESO', () => {
  const { logger, lines } = log();
  logger.info({ store: 'team-a/vault' }, 'checked');
  expect(lines()).toEqual([{ level: 'info', ts: expect.any(Number), store: 'team-a/vault', msg: 'checked' }]);
});

// Each is what zap's encoder of the same name writes.
it.each([
  ['epoch', /^\d{10}(\.\d{1,3})?$/, 1000],
  ['millis', /^\d{13}$/, 1],
  ['nano', /^\d{13}000000$/, 1e-6],
])('times as %s are numbers', (zapTimeEncoding, form, factor) => {
  const { logger, text } = log({ zapTimeEncoding });
  const before = Date.now();
  logger.info('text');
  const [, time = ''] = /"ts":([^,]+),/.exec(text()) ?? [];
  expect(time).toMatch(form);
  expect(Number(time) * factor).toBeGreaterThanOrEqual(before - 1);
  expect(Number(time) * factor).toBeLessThanOrEqual(Date.now() + 1);
});

it.each([
  ['iso8601', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/],
  ['rfc3339', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
  ['rfc3339nano', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/],
])('times as %s are texts', (zapTimeEncoding, form) => {
  const { logger, lines } = log({ zapTimeEncoding });
  logger.info('text');
  expect(lines()).toEqual([expect.objectContaining({ ts: expect.stringMatching(form) })]);
});
