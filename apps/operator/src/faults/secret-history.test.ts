import { expect, it } from 'vitest';
import { CanaryLedger, type Login } from './canary-ledger.fixture.ts';
import { historyFaults, type SecretWrite } from './secret-history.fixture.ts';

const ledger = new CanaryLedger();
const [first, second, other] = [ledger.next('app'), ledger.next('app'), ledger.next('other')];
const unknown = new CanaryLedger().next('app');
const keysOf = new Map([['app', { user: 'app', password: 'app' }]]);

const put = ({ user, password }: Login): SecretWrite => ({
  name: 'app',
  type: 'put',
  stored: `\u0000user\u0012${user}\u0000password\u0012${password}\u0001`,
});
const deleted: SecretWrite = { name: 'app', type: 'delete', stored: '' };
const blank: SecretWrite = { name: 'app', type: 'put', stored: 'user password' };

it.each<[string, SecretWrite[], string[]]>([
  ['each version once', [put(first), put(second)], []],
  ['nothing of other Secrets', [{ ...blank, name: 'login' }], []],
  ['a Secret that was deleted', [put(first), deleted], ['app was deleted']],
  ['a Secret that was blanked', [put(first), blank], ['app has 0 values instead of 2']],
  ['a value that was never put', [put(unknown)], Array(2).fill('app has a value that is not its own')],
  ['a value of another key', [put({ ...first, user: other.user })], ['app has a value that is not its own']],
  ['two versions in one', [put({ ...first, user: second.user })], ['app mixes two versions']],
  ['the older after the newer', [put(second), put(first)], Array(2).fill('app went back from version 2 to 1')],
  ['the same again', [put(first), put(first)], ['app was written twice with version 1']],
])('the oracle of the fault tests sees %s', (_name, writes, faults) => {
  expect(historyFaults(writes, keysOf, ledger)).toEqual(faults);
});

it('permits what the test says', () => {
  expect(historyFaults([put(first), deleted, put(first)], keysOf, ledger, { deleted: ['app'] })).toEqual([]);
  expect(historyFaults([put(first), put(first)], keysOf, ledger, { sameDataTwice: true })).toEqual([]);
});

it('finds values and credentials in what comes out, plain and in base64', () => {
  ledger.hide('hvs.token');
  const inBase64 = Buffer.from(second.password).toString('base64');
  const token = 'hvs.CAESIJ3rzsYnfHnz0fVF2aBcDeFg';
  expect(ledger.leaksIn(`{"a":"${first.user}","b":"${inBase64}","c":"hvs.token","d":"${token}"}`)).toEqual([
    first.user,
    second.password,
    'hvs.token',
    token,
  ]);
  expect(ledger.leaksIn('{"a":"CANARY"}')).toEqual([]);
});
