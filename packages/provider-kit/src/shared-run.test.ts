import { expect, test } from 'vitest';
import type { Call } from '@esox/core';
import { sharedRun } from './shared-run.ts';

function controlled() {
  const runs: { call: Call; finish: PromiseWithResolvers<string> }[] = [];
  const run = sharedRun((call) => {
    const finish = Promise.withResolvers<string>();
    runs.push({ call, finish });
    return finish.promise;
  });
  return { run, runs };
}

const call = (): { controller: AbortController; signal: AbortSignal } => {
  const controller = new AbortController();
  return { controller, signal: controller.signal };
};

test('callers at the same time share a run, later ones do not', async () => {
  const { run, runs } = controlled();
  const both = Promise.all([run(call()), run(call())]);
  runs[0]?.finish.resolve('first');
  expect(await both).toEqual(['first', 'first']);
  const later = run(call());
  runs[1]?.finish.resolve('second');
  expect(await later).toBe('second');
  expect(runs.length).toBe(2);
});

test('a caller that leaves does not spoil the run for the others', async () => {
  const { run, runs } = controlled();
  const impatient = call();
  const left = run(impatient);
  const stays = run(call());
  impatient.controller.abort();
  await expect(left).rejects.toMatchObject({ code: 'unavailable' });
  expect(runs[0]?.call.signal.aborted).toBe(false);
  runs[0]?.finish.resolve('done');
  expect(await stays).toBe('done');
});

test('the run is aborted when the last caller has left, and the next one begins anew', async () => {
  const { run, runs } = controlled();
  const only = call();
  const left = run(only);
  only.controller.abort();
  await expect(left).rejects.toMatchObject({ code: 'unavailable' });
  expect(runs[0]?.call.signal.aborted).toBe(true);
  const next = run(call());
  runs[0]?.finish.reject(new Error('late'));
  runs[1]?.finish.resolve('fresh');
  expect(await next).toBe('fresh');
});

test('a failure reaches all callers and is not kept', async () => {
  const { run, runs } = controlled();
  const both = Promise.allSettled([run(call()), run(call())]);
  runs[0]?.finish.reject(new Error('no'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = run(call());
  runs[1]?.finish.resolve('yes');
  expect(await next).toBe('yes');
});
