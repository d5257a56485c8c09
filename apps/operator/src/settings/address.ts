import { SettingsError } from './settings-error.ts';

export interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

/** `:8080`, `127.0.0.1:8080` or `[::1]:8080`; `0` and the empty text mean none. */
export function addressOf(text: string): Address | undefined {
  if (text === '0' || text === '') return undefined;
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(text);
  if (!match?.groups || Number(match.groups['port']) > 65_535)
    throw new SettingsError(`"${text}" is not an address such as :8080 or 127.0.0.1:8080`);
  const host = match.groups['v6'] ?? match.groups['host'];
  return { host: host === '' ? undefined : host, port: Number(match.groups['port']) };
}
