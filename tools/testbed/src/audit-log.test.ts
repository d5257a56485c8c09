import { expect, test } from 'vitest';
import { countRequests, parseAuditLog } from './audit-log.ts';

function event(auditID: string, fields: object = {}): string {
  const common = {
    kind: 'Event',
    auditID,
    stage: 'ResponseComplete',
    verb: 'get',
    requestURI: '/api/v1/namespaces/one/secrets/a',
    user: { username: 'jane' },
    userAgent: 'test',
    objectRef: { resource: 'secrets', namespace: 'one', name: 'a', apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-01-01T00:00:01.500000Z',
  };
  return `${JSON.stringify({ ...common, ...fields })}\n`;
}

test('reads one request', () => {
  expect(parseAuditLog(event('1'))).toEqual([
    {
      verb: 'get',
      resource: 'secrets',
      group: '',
      namespace: 'one',
      name: 'a',
      user: 'jane',
      userAgent: 'test',
      path: '/api/v1/namespaces/one/secrets/a',
      status: 200,
      at: new Date('2026-01-01T00:00:01.500Z'),
    },
  ]);
});

test('a watch has two events and is one request', () => {
  const log = event('1', { verb: 'watch', stage: 'ResponseStarted' }) + event('1', { verb: 'watch' });
  expect(countRequests(parseAuditLog(log))).toEqual({ 'watch secrets': 1 });
});

test('a subresource is part of the resource', () => {
  const objectRef = { resource: 'externalsecrets', subresource: 'status', apiGroup: 'external-secrets.io' };
  const [request] = parseAuditLog(event('1', { verb: 'patch', objectRef }));
  expect(request).toMatchObject({ resource: 'externalsecrets/status', group: 'external-secrets.io' });
});

test('a line that is still being written waits for the next reading', () => {
  expect(parseAuditLog(event('1') + event('2').slice(0, 40))).toHaveLength(1);
  expect(parseAuditLog('')).toEqual([]);
});

test.each([
  [{ user: 'jane' }, ['1', '2']],
  [{ namespace: 'two' }, ['2', '3']],
  [{ user: 'jane', namespace: 'two' }, ['2']],
  [{ verb: 'list' }, []],
  [{ since: new Date('2026-01-01T00:00:02Z') }, ['3']],
])('the filter %o', (filter, expected) => {
  const two = { resource: 'secrets', namespace: 'two' };
  const log =
    event('1', { userAgent: '1' }) +
    event('2', { userAgent: '2', objectRef: two }) +
    event('3', {
      userAgent: '3',
      objectRef: two,
      user: { username: 'joe' },
      requestReceivedTimestamp: '2026-01-01T00:00:02.000000Z',
    });
  expect(parseAuditLog(log, filter).map(({ userAgent }) => userAgent)).toEqual(expected);
});
