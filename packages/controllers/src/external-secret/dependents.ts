/** Which objects a thing concerns: kept up to date as objects come, change and go. */
export class Dependents {
  readonly #things = new Map<string, readonly string[]>();
  readonly #objects = new Map<string, Set<string>>();

  set(object: string, things: readonly string[]): void {
    this.delete(object);
    this.#things.set(object, things);
    for (const thing of things) {
      const objects = this.#objects.get(thing) ?? new Set();
      this.#objects.set(thing, objects.add(object));
    }
  }

  delete(object: string): void {
    for (const thing of this.#things.get(object) ?? []) {
      const objects = this.#objects.get(thing);
      objects?.delete(object);
      if (objects?.size === 0) this.#objects.delete(thing);
    }
    this.#things.delete(object);
  }

  of(thing: string): readonly string[] {
    return [...(this.#objects.get(thing) ?? [])];
  }

  thingsOf(object: string): readonly string[] {
    return this.#things.get(object) ?? [];
  }
}
