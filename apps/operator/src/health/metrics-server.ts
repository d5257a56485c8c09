import type { IncomingMessage } from 'node:http';
import type { Metrics } from '../metrics/metrics.ts';
import type { MetricsSettings } from '../settings/settings.ts';
import { followCertificate, readCertificate } from './certificate-files.ts';
import { listen } from './listen.ts';
import { type Answer, type Routes, text } from './probe-server.ts';
import type { ScrapeGuard } from './scrape-guard.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** Serves `/metrics`, and to those only whom the guard lets through, where there is one. Answers how to stop. */
export async function serveMetrics(
  { address, tls }: MetricsSettings,
  metrics: Metrics,
  guard: ScrapeGuard | undefined,
): Promise<() => Promise<void>> {
  const routes: Routes = { '/metrics': (request) => page(request, metrics, guard) };
  if (!tls) return closing(await listen('--metrics-addr', address, routes));
  const { files } = tls;
  if (!files) return closing(await listen('--metrics-addr', address, routes, selfSignedCertificate('localhost')));
  const first = await readCertificate(files);
  const server = await listen('--metrics-addr', address, routes, first);
  const unfollow = followCertificate(files, first, (pair) => server.useCertificate(pair));
  return () => {
    unfollow();
    return server.close();
  };
}

function closing(server: { close(): Promise<void> }): () => Promise<void> {
  return () => server.close();
}

async function page(request: IncomingMessage, { registry }: Metrics, guard: ScrapeGuard | undefined): Promise<Answer> {
  const decision = guard ? await guard.decide(request.headers.authorization) : 'allowed';
  if (decision === 'unauthenticated') return text(401, 'a bearer token of this cluster is wanted');
  if (decision === 'denied') return text(403, 'the bearer may not get /metrics');
  return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
}
