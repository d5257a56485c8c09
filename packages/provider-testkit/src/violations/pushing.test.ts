import { type Call, type Outcome, type PushItem, type RemoteRef, Sealed } from '@esox/core';
import { expect, test } from 'vitest';
import { useSubject } from '../subject.fixture.ts';
import type { Facts } from '../backend.ts';
import { type BadProvider, withClient } from './bad-provider.fixture.ts';

const run = useSubject();
const fields: Partial<Facts> = { content: 'fields', properties: true };

/** One call after the other, so that none sees what its neighbours write. */
const eachAlone = async <I, T>(items: readonly I[], write: (item: I) => Promise<readonly Outcome<T>[]>) =>
  (await Promise.all(items.map(write))).flat();

const bad: readonly (BadProvider & { facts?: Partial<Facts> })[] = [
  {
    fails: 'unchangedWrite',
    because: 'it removes and writes anew',
    saying: /made a new version/,
    plugin: withClient((good) => ({
      async write(items: readonly PushItem[], call: Call) {
        await good.remove(items, call);
        return await good.write(items, call);
      },
    })),
  },
  {
    fails: 'foreign',
    because: 'it removes what is in its way',
    saying: /expected conflict, got success/,
    plugin: withClient((good, host, { url, passwordRef }) => ({
      async write(items: readonly PushItem[], call: Call) {
        const login = { method: 'POST', url: `${url}/login`, body: (await host.secret(passwordRef, call)).open() };
        const http = host.http();
        const authorization = Buffer.from((await http.request(login, call)).body).toString();
        for (const { key } of items) {
          await http.request({ method: 'DELETE', url: `${url}/secrets/${key}`, headers: { authorization } }, call);
        }
        return await good.write(items, call);
      },
    })),
  },
  {
    fails: 'properties',
    because: 'writes at once lose each other',
    saying: /a key with a,b,c,d/,
    facts: fields,
    plugin: withClient((good) => ({
      write: (items: readonly PushItem[], call: Call) => eachAlone(items, (item) => good.write([item], call)),
    })),
  },
  {
    fails: 'properties',
    because: 'it removes the key with its first property',
    saying: /a key with b,c,d/,
    facts: fields,
    plugin: withClient((good) => ({
      remove: (refs: readonly RemoteRef[], call: Call) =>
        good.remove(
          refs.map(({ key }) => ({ key })),
          call,
        ),
    })),
  },
  {
    fails: 'properties',
    because: 'every property exists where the key does',
    saying: /true,true,true instead of true,true,false/,
    facts: fields,
    plugin: withClient((good) => ({
      exists: (refs: readonly RemoteRef[], call: Call) =>
        good.exists(
          refs.map(({ key }) => ({ key })),
          call,
        ),
    })),
  },
  {
    fails: 'properties',
    because: 'an empty key stays',
    saying: /false,false,false,false,false/,
    facts: fields,
    plugin: withClient((good) => ({
      async remove(refs: readonly RemoteRef[], call: Call) {
        const outcomes = await good.remove(refs, call);
        if (refs.length < 4) return outcomes;
        await good.write([{ key: refs[0]?.key ?? '', property: 'left', value: Sealed.text('') }], call);
        return outcomes;
      },
    })),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying, facts }) => expect(run(fails, plugin, facts)).rejects.toThrow(saying),
  60_000,
);
