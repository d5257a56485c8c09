import { setTimeout as sleep } from 'node:timers/promises';
import { AuditActivity } from './audit-activity.ts';
import { NotReadyInTime } from './errors.ts';
import { readyCondition, type ExternalSecret } from './external-secret-watch.ts';
import type { Operator } from './operator.ts';
import type { BenchContext, World } from './world.ts';

/** What a phase plays on. */
export interface Stage {
  readonly context: BenchContext;
  readonly world: World;
  readonly operator: Operator;
}

export interface ObjectsWanted {
  /** For progress and for the error at the deadline, such as `synced`. */
  readonly what: string;
  readonly matches: (object: ExternalSecret) => boolean;
  /** All of them where it is not given. */
  readonly count?: number;
}

const quietMs = 3_000;
const pollMs = 250;

/** Resolves with the time at which so many objects matched. Rejects with NotReadyInTime, or as the user interrupts. */
export async function untilObjects(
  { context, world, operator }: Stage,
  { what, matches, count = world.objects.length }: ObjectsWanted,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const check = (): void => {
    const now = world.watch.count(matches);
    context.progress.show(`${what}: ${now} of ${count}`);
    if (now >= count) resolve(Date.now());
  };
  // Counting all objects at each of their changes would be work that the operator then lacks.
  let isPlanned = false;
  const stopListening = world.watch.onChange(() => {
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(() => {
      isPlanned = false;
      check();
    }, 10);
  });
  const stopGuarding = guard({ context, world, operator }, (error) => reject(error));
  const deadline = setTimeout(
    () => reject(notInTime({ context, world, operator }, { what, matches, count })),
    context.options.deadlineSeconds * 1000,
  );
  check();
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    stopListening();
    stopGuarding();
  }
}

/** Calls `fail` when the user interrupts or the operator ends. */
function guard({ context, operator }: Stage, fail: (error: unknown) => void): () => void {
  const operatorEnded = operator.ended;
  const interrupted = (): void => fail(context.signal.reason);
  const ended = (): void => fail(operatorEnded.reason);
  context.signal.addEventListener('abort', interrupted);
  operatorEnded.addEventListener('abort', ended);
  if (context.signal.aborted) interrupted();
  if (operatorEnded.aborted) ended();
  return () => {
    context.signal.removeEventListener('abort', interrupted);
    operatorEnded.removeEventListener('abort', ended);
  };
}

function notInTime({ context, world }: Stage, { what, matches, count }: Required<ObjectsWanted>): NotReadyInTime {
  const missing = world.watch.objects.filter((object) => !matches(object));
  const reasons = missing.slice(0, 3).map((object) => {
    const { reason, message } = readyCondition(object) ?? {};
    return `  ${object.metadata.namespace}/${object.metadata.name}: ${reason ?? 'no Ready condition'} ${message ?? ''}`;
  });
  const reached = `${what}: ${world.watch.objects.length - missing.length} of ${count}`;
  return new NotReadyInTime([`${reached} after ${context.options.deadlineSeconds} s`, ...reasons].join('\n'));
}

/**
 * Waits until the operator has asked neither the API server nor the backend for three seconds, and answers when
 * it last did.
 */
export async function untilQuiet({ context, world, operator }: Stage): Promise<number> {
  const activity = await AuditActivity.of(world.api.auditLogPath, world.user);
  const end = Date.now() + context.options.deadlineSeconds * 1000;
  let backendRequests = world.vault.requests.total;
  let activeAt = Date.now();
  while (Date.now() - activeAt < quietMs) {
    context.progress.show('waiting until the operator is quiet');
    context.signal.throwIfAborted();
    operator.ended.throwIfAborted();
    if (Date.now() > end)
      throw new NotReadyInTime(`the operator is not quiet after ${context.options.deadlineSeconds} s`);
    await sleep(pollMs);
    const isActive = (await activity.since()) > 0 || world.vault.requests.total !== backendRequests;
    backendRequests = world.vault.requests.total;
    if (isActive) activeAt = Date.now();
  }
  return activeAt;
}

/** Resolves as soon as the operator has asked the API server something; `activity` is from before its start. */
export async function untilActive({ context, operator }: Stage, activity: AuditActivity): Promise<void> {
  const end = Date.now() + context.options.deadlineSeconds * 1000;
  while ((await activity.since()) === 0) {
    context.signal.throwIfAborted();
    operator.ended.throwIfAborted();
    if (Date.now() > end) throw new NotReadyInTime('the operator asks the API server nothing');
    await sleep(pollMs);
  }
}

/** Resolves at that time, in milliseconds since 1970; `what` is for the progress. */
export async function untilTime({ context, operator }: Stage, what: string, end: number): Promise<void> {
  while (Date.now() < end) {
    context.signal.throwIfAborted();
    operator.ended.throwIfAborted();
    const left = end - Date.now();
    context.progress.show(`${what}, ${Math.ceil(left / 1000)} s left`);
    await sleep(Math.min(left, pollMs));
  }
}
