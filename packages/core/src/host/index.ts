export { createHttpClient, type HttpClientOptions } from './http-client.ts';
export type { ProxySettings } from './proxy-settings.ts';
export { steadyClock, systemClock } from './system-clock.ts';
