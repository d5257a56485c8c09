import { setTimeout as sleep } from 'node:timers/promises';
import { NotReadyInTime } from './errors.ts';
import { ObjectWatch } from './object-watch.ts';
import { compare, type Secret } from './verify.ts';
import type { Stage } from './waiting.ts';
import type { World } from './world.ts';

const pollMs = 50;

/** Sees when Secrets take up what the backend holds. */
export class SecretFollower implements Disposable {
  readonly #world: World;
  readonly #watch: ObjectWatch<Secret>;
  /** Those that changed since they were last looked at: comparing all again and again would be work that the operator then lacks. */
  readonly #changed = new Map<string, { readonly secret: Secret; readonly at: number }>();

  constructor(world: World) {
    this.#world = world;
    this.#watch = new ObjectWatch(world.api.client, '/api/v1/secrets', (secret: Secret) => {
      this.#changed.set(`${secret.metadata.namespace}/${secret.metadata.name}`, { secret, at: performance.now() });
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** For each object, the milliseconds from now until its Secret is as the backend has it. */
  async times({ context, operator }: Stage): Promise<number[]> {
    const from = performance.now();
    const times: number[] = [];
    const waiting = new Map(this.#world.objects.map(({ namespace, name, key }) => [`${namespace}/${name}`, key]));
    while (waiting.size > 0) {
      context.signal.throwIfAborted();
      operator.ended.throwIfAborted();
      if (performance.now() - from > context.options.deadlineSeconds * 1000) {
        throw new NotReadyInTime(`rotation: ${waiting.size} Secrets have not followed the change`);
      }
      context.progress.show(`rotation: ${times.length} of ${this.#world.objects.length} Secrets follow`);
      await sleep(pollMs);
      times.push(...this.#followed(waiting).map((at) => at - from));
    }
    return times;
  }

  /** Takes those that follow now out of `waiting`, a key for each Secret, and answers when each was seen to. */
  #followed(waiting: Map<string, string>): number[] {
    const times: number[] = [];
    for (const [name, { secret, at }] of this.#changed) {
      const key = waiting.get(name);
      if (key === undefined || compare(secret, this.#world.vault.engine.current(key)) !== undefined) continue;
      waiting.delete(name);
      times.push(at);
    }
    this.#changed.clear();
    return times;
  }
}
