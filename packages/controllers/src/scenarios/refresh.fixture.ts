import { EXTERNAL_SECRETS, type ExternalSecret } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { expectRefused } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

const entry = { password: { key: 'db', property: 'password' } };
const always = { schedule: '* * * * *', duration: '1h' };
/** The 30th of February. */
const never = { schedule: '0 0 30 2 *', duration: '1h' };
/** Passes the pattern of the CRD, and means nothing. */
const unparsable = { schedule: '99 99 99 99 99', duration: '1h' };

/** Core specification §9 A and H, §3.5: when values are read again. */
export function refreshScenarios(side: () => Side): void {
  it('scenario 9: a refreshTime in the future is not believed', async () => {
    const refreshTime = '2100-01-01T00:00:00Z';
    await using scene = await restarted(side(), { refreshInterval: '1h' }, { refreshTime });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    await vi.waitFor(async () => expect((await statusOf(scene))?.refreshTime).not.toBe(refreshTime), 5000);
  });

  it('scenario 10: without a refreshPolicy values are read at the interval, and at a change', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    expect((await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.spec).not.toHaveProperty('refreshPolicy');
    changeValue(scene, 'two');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 8000);
  });

  it('scenario 11: CreatedOnce heeds neither the interval nor a change of the spec', async () => {
    await using scene = await synced(side(), { refreshPolicy: 'CreatedOnce', refreshInterval: '1s' });
    changeValue(scene, 'two');
    const data = [{ secretKey: 'renamed', remoteRef: entry.password }];
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { data }, metadata: { annotations: { 'force-sync': '1' } } });
    await refreshOfAnother(scene);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 11: CreatedOnce with a version but without a refreshTime is read once more', async () => {
    const spec = { refreshPolicy: 'CreatedOnce' };
    await using scene = await restarted(side(), spec, { refreshTime: null });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
  });

  it('scenario 12: OnChange heeds a change, and not the interval', async () => {
    await using scene = await synced(side(), { refreshPolicy: 'OnChange', refreshInterval: '1s' });
    changeValue(scene, 'two');
    await refreshOfAnother(scene);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    const data = [{ secretKey: 'renamed', remoteRef: entry.password }];
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { data } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ renamed: 'two' }), 5000);
  });

  it('an interval that no duration can hold is refused, and stops nobody else', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    const spec = dataSpec('s', entry, { refreshInterval: '99999999999999h' });
    await expectRefused(scene, 'endless', spec, 'refreshInterval');
    changeValue(scene, 'two');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 8000);
  });

  it('an interval of two hundred years is waited for, not counted down', async () => {
    await using scene = await synced(side(), { refreshInterval: '1800000h' });
    const passes = () => scene.passes.filter((key) => key.endsWith('/app')).length;
    await vi.waitFor(() => expect(passes()).toBeGreaterThan(0), 5000);
    const before = passes();
    await refreshOfAnother(scene);
    expect(passes()).toBe(before);
  });

  it.each(['1ns', '1ms', '999ms'])(
    'an interval of %s wears no store out: it counts as a second',
    async (refreshInterval) => {
      await using scene = await synced(side(), { refreshInterval });
      await scene.externalSecret('other', dataSpec('s', { a: { key: 'other' } }, { refreshInterval: '1s' }));
      const backend = scene.provider.backends.get('b');
      const readsOf = (key: string) => backend?.reads.flat().filter((read) => read === key).length ?? 0;
      backend?.set('other', '1');
      const before = readsOf('db') - readsOf('other');
      await vi.waitFor(() => expect(readsOf('other')).toBeGreaterThanOrEqual(4), 10_000);
      expect(readsOf('db') - readsOf('other')).toBeLessThanOrEqual(before + 2);
      changeValue(scene, 'two');
      await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    },
  );

  it('a negative interval is as none: read once', async () => {
    await using scene = await synced(side(), { refreshInterval: '-1s' });
    changeValue(scene, 'two');
    await refreshOfAnother(scene);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it.each([
    ['scenario 75: allow, inside', { kind: 'allow', windows: [never, always] }],
    ['scenario 75: deny, outside', { kind: 'deny', windows: [never] }],
    ['scenario 76: deny with an unparsable schedule', { kind: 'deny', windows: [unparsable] }],
    [
      'scenario 76: allow with an unparsable schedule and one that is open',
      { kind: 'allow', windows: [unparsable, always] },
    ],
  ])('%s: the interval is followed', async (_name, syncWindows) => {
    await using scene = await synced(side(), { refreshInterval: '1s', syncWindows });
    changeValue(scene, 'two');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 8000);
  });

  it.each([
    ['scenario 75: allow, outside', { kind: 'allow', windows: [never] }],
    ['scenario 75: deny, inside', { kind: 'deny', windows: [never, always] }],
    ['scenario 76: allow with an unparsable schedule only', { kind: 'allow', windows: [unparsable] }],
  ])('%s: the interval waits, and nothing else does', async (_name, syncWindows) => {
    await using scene = await synced(side(), { refreshInterval: '1s', syncWindows });
    changeValue(scene, 'two');
    await refreshOfAnother(scene);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    changeValue(scene, 'three');
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'three' }), 5000);
  });
}

function changeValue(scene: Scene, password: string): void {
  scene.provider.backends.get('b')?.set('db', { password });
}

/** Another object of the same store and interval is read again twice: what was due by then has been looked at. */
async function refreshOfAnother(scene: Scene): Promise<void> {
  await scene.externalSecret('other', dataSpec('s', { a: { key: 'other' } }, { refreshInterval: '1s' }));
  for (const value of ['1', '2', '3']) {
    scene.provider.backends.get('b')?.set('other', value);
    await vi.waitFor(async () => expect(await scene.data('other')).toEqual({ a: value }), 8000);
  }
}

async function statusOf(scene: Scene): Promise<ExternalSecret['status']> {
  return (await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status;
}

/** The operator was stopped after a first sync, the status patched, the value changed, the operator started again. */
async function restarted(side: Side, spec: object, status: object): Promise<Scene> {
  const scene = await synced(side, spec);
  await scene.stop();
  await scene.patchStatus(EXTERNAL_SECRETS, 'app', status);
  return Scene.reopen(side, scene.namespace, (again) => again.provider.backend('b').set('db', { password: 'two' }));
}
