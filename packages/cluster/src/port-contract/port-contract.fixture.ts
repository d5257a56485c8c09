import { afterAll, beforeAll, describe } from 'vitest';
import type { Context, PortUnderTest } from './context.fixture.ts';
import { informers } from './informers.fixture.ts';
import { objects } from './objects.fixture.ts';
import { statuses } from './statuses.fixture.ts';
import { deletion, ownership, patches, preconditions } from './writes.fixture.ts';

/** What every side of the port must do alike. */
export function portContract(name: string, open: () => Promise<PortUnderTest>, options: { custom: boolean }): void {
  describe(`${name}: the cluster port`, () => {
    let port: PortUnderTest;
    let names = 0;
    beforeAll(async () => {
      port = await open();
    });
    afterAll(() => port.dispose());

    const context = (): Context => {
      names += 1;
      return { cluster: port.cluster, namespace: port.namespace, name: `object-${names}`, custom: port.custom };
    };
    objects(context);
    preconditions(context);
    patches(context);
    deletion(context);
    ownership(context);
    informers(context);
    if (options.custom) statuses(context);
  });
}
