import { ProviderError } from '@esox/core';

/**
 * The URL of an API server without a slash at its end; `field` is where it stands. Without a scheme it is https, never
 * http, which would show the credentials to everybody on the way. The URL is not quoted: it may hold a password.
 */
export function serverUrl(text: string, field: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash) {
    throw new ProviderError('invalid-config', `${field} is not a URL such as https://cluster-b.example.com:6443`);
  }
  if (url.username || url.password) {
    throw new ProviderError('invalid-config', `${field} holds a user name or password; log in with auth instead`);
  }
  return url.href.replace(/\/+$/, '');
}
