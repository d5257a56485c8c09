import { can, type Client, Sealed } from '@esox/core';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { TestHostObjects } from '../test-host.ts';
import { always, type Check, type Subject } from '../check.ts';
import { call, connect, failureOf, readFailure } from '../connection.ts';
import { contentOf, freshKey } from '../content.ts';

/** Shorter values, like a user name, appear in texts by chance. */
const SHORTEST_SECRET = 8;

export const confidentiality: Check = {
  title: 'prints no value and no credential: not in errors, logs, results or the client itself',
  applies: always,
  async run(subject) {
    const { backend, facts } = subject;
    const canary = `canary-${randomUUID()}`;
    const key = freshKey('canary');
    await backend.put(key, contentOf(canary, facts));
    const printed: Record<string, string> = {};
    await using connection = await connect(subject);
    const outcomes = await connection.read([{ key }, { key: freshKey('no') }, { key, property: 'no.such' }]);
    printed['a result'] = print(outcomes);
    printed['the client'] = inspect(connection.client, { depth: 10 });
    if (can(connection.provider, connection.client, 'write')) {
      printed['the result of a push'] = print(await pushes(connection.client, key, canary));
    }
    for (const fault of facts.faults.filter((name) => name !== 'hang')) {
      await backend.fail(fault, true);
      try {
        printed[`an error of ${fault} at the login`] = print(await readFailure(subject, key));
        printed[`an error of ${fault}`] = print(await failureOf(connection, key));
      } finally {
        await backend.fail(fault, false);
      }
    }
    printed['the log'] = print(connection.host.logs);
    assertAbsent(printed, [canary, ...credentialsOf(backend.objects)]);
  },
};

/** What a backend may refuse: over what others made, and not in its form. */
async function pushes(client: Client<'write'>, key: string, canary: string): Promise<unknown> {
  const value = Sealed.text(`{"${canary}`);
  const items = [
    { key, value },
    { key: freshKey('canary'), value },
  ];
  return await client.write(items, call()).catch((error: unknown) => error);
}

function print(value: unknown): string {
  const errors: string[] = [];
  collectErrors(value, errors);
  return [inspect(value, { depth: 10 }), JSON.stringify(value) ?? '', ...errors].join('\n');
}

/** Texts and stacks of errors, which neither JSON nor a custom inspection shows. */
function collectErrors(value: unknown, texts: string[]): void {
  if (value instanceof Error) texts.push(value.message, value.stack ?? '');
  else if (Array.isArray(value)) value.forEach((item) => collectErrors(item, texts));
  else if (typeof value === 'object' && value !== null && 'error' in value) collectErrors(value.error, texts);
}

function credentialsOf(objects: Subject['backend']['objects'] = {}): string[] {
  const { secrets = {}, tokens = {}, podToken }: TestHostObjects = objects;
  const values = Object.values(secrets).flatMap((data) => Object.values(data));
  const texts = values.map((value) => (typeof value === 'string' ? value : Buffer.from(value).toString()));
  const fixed = Object.values(tokens).filter((token) => typeof token === 'string');
  const all = [...texts, ...fixed, ...(podToken === undefined ? [] : [podToken])].map((text) => text.trim());
  return all.filter((text) => text.length >= SHORTEST_SECRET);
}

function assertAbsent(printed: Readonly<Record<string, string>>, secrets: readonly string[]): void {
  for (const [where, text] of Object.entries(printed)) {
    const leaked = secrets.find((secret) => formsOf(secret).some((form) => text.includes(form)));
    // The secret itself stays out of the test's own report.
    if (leaked !== undefined)
      throw new Error(`${where} shows a ${leaked.startsWith('canary-') ? 'value' : 'credential'}`);
  }
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, base64.replace(/=+$/, ''), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}
