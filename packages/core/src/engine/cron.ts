/** The minutes at which a schedule fires, in UTC. */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
  /** Whether the field restricts nothing: with both days restricted either one is enough. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  /** Names of the values from `least` on. */
  readonly names: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minuteMs = 60_000;

const descriptors = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** A schedule of five fields or one of the descriptors (not `@every`); undefined where it is none. */
export function parseCron(text: string): CronSchedule | undefined {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...rest] = (descriptors.get(text) ?? text).trim().split(/\s+/);
  if (dayOfWeek === undefined || rest.length > 0) return undefined;
  const minutes = parseField(minute, { least: 0, most: 59, names: [] });
  const hours = parseField(hour, { least: 0, most: 23, names: [] });
  const daysOfMonth = parseField(dayOfMonth, { least: 1, most: 31, names: [] });
  const months = parseField(month, { least: 1, most: 12, names: monthNames });
  const daysOfWeek = parseField(dayOfWeek, { least: 0, most: 6, names: dayNames });
  if (!minutes || !hours || !daysOfMonth || !months || !daysOfWeek) return undefined;
  const anyDayOfMonth = restrictsNothing(dayOfMonth);
  return { minutes, hours, daysOfMonth, months, daysOfWeek, anyDayOfMonth, anyDayOfWeek: restrictsNothing(dayOfWeek) };
}

function restrictsNothing(field: string | undefined): boolean {
  return (field ?? '').split(',').some((item) => /^[*?](\/1)?$/.test(item));
}

function parseField(field: string | undefined, bounds: Bounds): Set<number> | undefined {
  const values = new Set<number>();
  for (const item of (field ?? '').split(',')) {
    const range = parseRange(item, bounds);
    if (!range) return undefined;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return values;
}

/** `*`, `?`, `5`, `1-5`, each with an optional `/step`; `5/10` runs from 5 to the end. */
function parseRange(item: string, bounds: Bounds): { from: number; to: number; step: number } | undefined {
  const [, span = '', stepText] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
  const step = Number(stepText ?? 1);
  const [from, to] = parseSpan(span, stepText !== undefined, bounds);
  if (from === undefined || to === undefined || from > to || step === 0) return undefined;
  return { from, to, step };
}

function parseSpan(span: string, open: boolean, bounds: Bounds): [number | undefined, number | undefined] {
  if (span === '*' || span === '?') return [bounds.least, bounds.most];
  const [low = '', high, ...rest] = span.split('-');
  if (rest.length > 0) return [undefined, undefined];
  const from = parseValue(low, bounds);
  if (high !== undefined) return [from, parseValue(high, bounds)];
  return [from, open ? bounds.most : from];
}

function parseValue(text: string, { least, most, names }: Bounds): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + least;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** The last firing at or before `at` and not before `bound`; undefined where there is none. All ms since the epoch. */
export function previousFiring(schedule: CronSchedule, at: number, bound: number): number | undefined {
  let time = Math.floor(at / minuteMs) * minuteMs;
  while (time >= bound) {
    const date = new Date(time);
    if (!schedule.months.has(date.getUTCMonth() + 1)) time = startOfMonth(date, 0) - minuteMs;
    else if (!firesOn(schedule, date)) time = startOfDay(date) - minuteMs;
    else if (!schedule.hours.has(date.getUTCHours())) time = startOfHour(date) - minuteMs;
    else if (!schedule.minutes.has(date.getUTCMinutes())) time -= minuteMs;
    else return time;
  }
  return undefined;
}

/** The first firing after `at` and not after `bound`; undefined where there is none. All ms since the epoch. */
export function nextFiring(schedule: CronSchedule, at: number, bound: number): number | undefined {
  let time = (Math.floor(at / minuteMs) + 1) * minuteMs;
  while (time <= bound) {
    const date = new Date(time);
    if (!schedule.months.has(date.getUTCMonth() + 1)) time = startOfMonth(date, 1);
    else if (!firesOn(schedule, date)) time = startOfDay(date) + 24 * 60 * minuteMs;
    else if (!schedule.hours.has(date.getUTCHours())) time = startOfHour(date) + 60 * minuteMs;
    else if (!schedule.minutes.has(date.getUTCMinutes())) time += minuteMs;
    else return time;
  }
  return undefined;
}

function firesOn(schedule: CronSchedule, date: Date): boolean {
  const dayOfMonth = schedule.daysOfMonth.has(date.getUTCDate());
  const dayOfWeek = schedule.daysOfWeek.has(date.getUTCDay());
  return schedule.anyDayOfMonth || schedule.anyDayOfWeek ? dayOfMonth && dayOfWeek : dayOfMonth || dayOfWeek;
}

function startOfMonth(date: Date, later: number): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
}

function startOfDay(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}

function startOfHour(date: Date): number {
  return startOfDay(date) + date.getUTCHours() * 60 * minuteMs;
}
