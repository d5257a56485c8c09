import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface LdapServer extends AsyncDisposable {
  readonly url: string;
  /** Names that were bound with a good password. */
  readonly bound: readonly string[];
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const SEARCH_REQUEST = 0x63;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SIMPLE_PASSWORD = 0x80;
const INVALID_CREDENTIALS = 49;

/** A directory with just these people: simple binds, and searches that answer the entry that they start at (RFC 4511). */
export async function ldapServer(passwords: Readonly<Record<string, string>>): Promise<LdapServer> {
  const bound: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let message = element(received); message; message = element(received)) {
        received = received.subarray(message.size);
        for (const answer of answers(message.content, passwords, bound)) socket.write(answer);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bound,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

type Passwords = Readonly<Record<string, string>>;

function answers(message: Buffer, passwords: Passwords, bound: string[]): Buffer[] {
  const [id, operation] = elements(message);
  const answer = (tag: number, ...content: Buffer[]): Buffer =>
    encode(SEQUENCE, encode(INTEGER, id?.content ?? Buffer.alloc(0)), encode(tag, ...content));
  if (operation?.tag === BIND_REQUEST) return [answer(BIND_RESPONSE, ...result(bind(operation, passwords, bound)))];
  if (operation?.tag !== SEARCH_REQUEST) return [];
  const base = elements(operation.content)[0]?.content.toString() ?? '';
  const attributes = encode(SEQUENCE, commonName(base));
  const entry = passwords[base] === undefined ? [] : [answer(SEARCH_ENTRY, text(base), attributes)];
  return [...entry, answer(SEARCH_DONE, ...result(0))];
}

function bind({ content }: Element, passwords: Passwords, bound: string[]): number {
  const [, name, password] = elements(content);
  const who = name?.content.toString() ?? '';
  if (password?.tag !== SIMPLE_PASSWORD || passwords[who] !== password.content.toString()) return INVALID_CREDENTIALS;
  bound.push(who);
  return 0;
}

/** The attribute that a name begins with. */
function commonName(name: string): Buffer {
  const [type = '', value = ''] = name.split(/[=,]/);
  return encode(SEQUENCE, text(type), encode(SET, text(value)));
}

function text(content: string): Buffer {
  return encode(OCTETS, Buffer.from(content));
}

function result(code: number): Buffer[] {
  return [encode(ENUMERATED, Buffer.of(code)), encode(OCTETS), encode(OCTETS)];
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Header included. */
  readonly size: number;
}

/** The first element of BER; undefined where it is not complete. */
function element(bytes: Buffer): Element | undefined {
  const [tag, short] = bytes;
  if (tag === undefined || short === undefined) return undefined;
  const lengthBytes = short & 0x80 ? short & 0x7f : 0;
  if (bytes.length < 2 + lengthBytes) return undefined;
  const length = lengthBytes > 0 ? bytes.readUIntBE(2, lengthBytes) : short;
  const size = 2 + lengthBytes + length;
  return bytes.length < size ? undefined : { tag, content: bytes.subarray(2 + lengthBytes, size), size };
}

function elements(bytes: Buffer): Element[] {
  const first = element(bytes);
  return first ? [first, ...elements(bytes.subarray(first.size))] : [];
}

/** Answers are short: one byte of length, or two. */
function encode(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}
