import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EventLoopLag } from './event-loop-lag.ts';
import { Metrics } from './metrics.ts';
import { seriesOf } from './series.fixture.ts';

it('shows for how long the event loop stood still, once', async () => {
  const metrics = new Metrics({ storeKinds: [], extendedLabels: false });
  const lag = new EventLoopLag(metrics);
  const read = async () => seriesOf(await metrics.registry.metrics()).get('esox_event_loop_lag_seconds');
  const until = performance.now() + 600;
  while (performance.now() < until);
  await sleep(10);
  expect(await read()).toBeGreaterThanOrEqual(0.39);
  expect(await read()).toBe(0);
  lag.stop();
});
