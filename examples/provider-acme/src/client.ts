import { type Call, type Client, type Host, ProviderError, type ReadRef, Sealed, type SecretValue } from '@esox/core';
import { each, isReferent, matchName } from '@esox/provider-kit';
import { AcmeApi, bodyOf } from './acme-api.ts';
import type { AcmeConfig } from './config.ts';

export function connect(config: AcmeConfig, host: Host): Client<'find'> {
  const api = new AcmeApi(config, host);
  return {
    async check(call) {
      if (isReferent(host, config.passwordSecretRef)) return 'unknown';
      await api.open(call);
      return 'ready';
    },
    async read(refs, call) {
      // A login that fails, fails the call as a whole; a key that fails, fails alone.
      await api.open(call);
      return await each(refs, (ref) => read(api, ref, call), { concurrency: 20, signal: call.signal });
    },
    async *find({ name }, call) {
      if (name === undefined) throw new ProviderError('invalid-ref', 'find needs name.regexp');
      const matches = matchName(name);
      const { names } = bodyOf<{ names: string[] }>(await api.get('/secrets', 'list of secrets', call));
      for (const key of names.filter(matches)) yield { key, ref: { key } };
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

async function read(api: AcmeApi, { key }: ReadRef, call: Call): Promise<SecretValue> {
  const answer = await api.get(`/secrets/${encodeURIComponent(key)}`, `secret ${JSON.stringify(key)}`, call);
  return { content: Sealed.of(answer.body), version: answer.headers['etag'] };
}
