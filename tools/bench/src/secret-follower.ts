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
  readonly #seen = new Map<string, { readonly secret: Secret; readonly at: number }>();

  constructor(world: World) {
    this.#world = world;
    this.#watch = new ObjectWatch(world.api.client, '/api/v1/secrets', (secret: Secret) => {
      this.#seen.set(`${secret.metadata.namespace}/${secret.metadata.name}`, { secret, at: performance.now() });
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** For each object, the milliseconds from now until its Secret is as the backend has it. */
  async times({ context, operator }: Stage): Promise<number[]> {
    const from = performance.now();
    const times: number[] = [];
    let waiting = this.#world.objects;
    while (waiting.length > 0) {
      context.signal.throwIfAborted();
      operator.ended.throwIfAborted();
      if (performance.now() - from > context.options.deadlineSeconds * 1000) {
        throw new NotReadyInTime(`rotation: ${waiting.length} Secrets have not followed the change`);
      }
      context.progress.show(`rotation: ${times.length} of ${this.#world.objects.length} Secrets follow`);
      await sleep(pollMs);
      waiting = waiting.filter(({ namespace, name, key }) => {
        const seen = this.#seen.get(`${namespace}/${name}`);
        if (compare(seen?.secret, this.#world.vault.engine.current(key)) !== undefined) return true;
        times.push(Math.max(0, (seen?.at ?? from) - from));
        return false;
      });
    }
    return times;
  }
}
