import { open, stat } from 'node:fs/promises';

/** Tells whether a user goes on asking an API server, from its audit log. */
export class AuditActivity {
  readonly #file: string;
  readonly #user: string;
  #offset: number;

  private constructor(file: string, user: string, offset: number) {
    this.#file = file;
    this.#user = user;
    this.#offset = offset;
  }

  /** From the end of the log as it is now. */
  static async of(file: string, user: string): Promise<AuditActivity> {
    return new AuditActivity(file, user, (await stat(file)).size);
  }

  /** Requests of the user since the last call. Leases do not count: who holds one renews it for ever. */
  async since(): Promise<number> {
    await using file = await open(this.#file);
    const { size } = await file.stat();
    const { buffer } = await file.read({ buffer: Buffer.alloc(size - this.#offset), position: this.#offset });
    const end = buffer.lastIndexOf('\n') + 1;
    this.#offset += end;
    const lines = buffer.toString('utf8', 0, end).split('\n');
    return lines.filter((line) => line.includes(`"username":"${this.#user}"`) && !line.includes('"resource":"leases"'))
      .length;
  }
}
