import { type Call, type Host, type HttpClient, ProviderError } from '@esox/core';

/** How Google is reached. */
export interface Google {
  readonly http: HttpClient;
  readonly environment: Host['environment'];
  readonly call: Call;
}

/** An identity token of the instance that the operator runs on. */
export async function instanceIdentity(audience: string, host: Host, call: Call): Promise<string> {
  await using http = host.http();
  const query = new URLSearchParams({ audience, format: 'full' }).toString();
  return await metadata(`instance/service-accounts/default/identity?${query}`, {
    http,
    environment: host.environment,
    call,
  });
}

/** An entry of the metadata server of Google's instances. */
export async function metadata(entry: string, { http, environment, call }: Google): Promise<string> {
  // The variable is the one of Google's own libraries.
  const server = environment['GCE_METADATA_HOST'] || 'metadata.google.internal';
  const url = `http://${server}/computeMetadata/v1/${entry}`;
  const response = await http.request({ method: 'GET', url, headers: { 'Metadata-Flavor': 'Google' } }, call);
  if (response.status === 200) return Buffer.from(response.body).toString().trim();
  const what = entry.split('?')[0];
  throw new ProviderError(
    response.status >= 500 ? 'unavailable' : 'unauthenticated',
    `Google’s metadata server answered ${what} with HTTP ${response.status}: the operator’s instance or Pod has no such entry`,
  );
}
