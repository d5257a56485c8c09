import { StringDecoder } from 'node:string_decoder';
import type { KubernetesObject } from '../port.ts';
import { isRecord, type JsonRecord, parseJson } from './json.ts';
import { isObject } from './object-list.ts';

export type WatchFrame =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly object: KubernetesObject;
      readonly resourceVersion: string;
    }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly endsInitialList: boolean }
  | { readonly type: 'ERROR'; readonly status: unknown };

/** What came is no frame of a watch. Says nothing of its content. */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';

  constructor() {
    super('the watch sent a frame that cannot be read');
  }
}

/** An object is at most a few megabytes; a longer line is no frame. */
const MAX_FRAME_CHARACTERS = 16 * 1024 * 1024;
const NEWLINE = 10;

/** Cuts the body of a watch into frames: one JSON document a line. */
export class FrameDecoder {
  readonly #decoder = new StringDecoder('utf8');
  #rest: string[] = [];
  #restLength = 0;

  /** The frames that are complete with this chunk. Throws a MalformedFrameError. */
  *decode(chunk: Buffer): Generator<WatchFrame, void> {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const line = this.#rest.join('') + this.#decoder.write(chunk.subarray(from, to));
      this.#rest = [];
      this.#restLength = 0;
      from = to + 1;
      if (line.trim() !== '') yield readFrame(line);
    }
    if (from < chunk.length) this.#keep(this.#decoder.write(chunk.subarray(from)));
  }

  #keep(text: string): void {
    this.#rest.push(text);
    this.#restLength += text.length;
    if (this.#restLength > MAX_FRAME_CHARACTERS) throw new MalformedFrameError();
  }
}

function readFrame(line: string): WatchFrame {
  const frame = parseJson(line);
  if (!isRecord(frame) || !isRecord(frame['object'])) throw new MalformedFrameError();
  const { type, object } = frame;
  if (type === 'ERROR') return { type, status: object };
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  const { resourceVersion } = metadata;
  if (typeof resourceVersion !== 'string' || resourceVersion === '') throw new MalformedFrameError();
  if (type === 'BOOKMARK') return { type, resourceVersion, endsInitialList: endsInitialList(metadata) };
  if (!isChange(type) || !isObject(object)) throw new MalformedFrameError();
  return { type, object, resourceVersion };
}

function isChange(type: unknown): type is 'ADDED' | 'MODIFIED' | 'DELETED' {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}

function endsInitialList(metadata: JsonRecord): boolean {
  return isRecord(metadata['annotations']) && metadata['annotations']['k8s.io/initial-events-end'] === 'true';
}
