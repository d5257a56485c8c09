import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its private key, PEM. */
export interface Certificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** Signs it; default: itself. */
  readonly issuer?: Certificate;
  /** DNS names and IPv4 addresses. */
  readonly altNames?: readonly string[];
  readonly authority?: boolean;
}

/** An X.509 certificate on P-256, valid for a day, so that tests need no tool beside Node. */
export function createCertificate(name: string, options: CertificateOptions = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 24 * 60 * 60 * 1000;
  const body = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    commonName(options.issuer?.name ?? name),
    sequence(time(Date.now() - day), time(Date.now() + day)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions(options))),
  );
  const signature = sign('sha256', body, options.issuer?.privateKey ?? privateKey);
  return {
    name,
    cert: pem(sequence(body, ECDSA_WITH_SHA256, bits(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
}

function extensions({ altNames = [], authority = false }: CertificateOptions): Buffer[] {
  const constraints = extension('551d13', sequence(...(authority ? [element(0x01, Buffer.from([0xff]))] : [])));
  if (altNames.length === 0) return [constraints];
  const names = altNames.map((name) =>
    isIPv4(name) ? element(0x87, Buffer.from(name.split('.').map(Number))) : element(0x82, Buffer.from(name)),
  );
  return [constraints, extension('551d11', sequence(...names))];
}

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length = content.byteLength;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, ...parts);
const integer = (bytes: Buffer): Buffer => element(0x02, bytes);
const bits = (bytes: Buffer): Buffer => element(0x03, Buffer.from([0]), bytes);
const context = (number: number, part: Buffer): Buffer => element(0xa0 + number, part);
const objectId = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const extension = (id: string, value: Buffer): Buffer => sequence(objectId(id), element(0x04, value));
const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));

function commonName(name: string): Buffer {
  return sequence(element(0x31, sequence(objectId('550403'), element(0x0c, Buffer.from(name)))));
}

function time(ms: number): Buffer {
  return element(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
