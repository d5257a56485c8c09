const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** `12s ago`, `in 3m`, `now`: short, and never more exact than one unit. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.trunc((at - now) / 1000);
  if (seconds === 0) return 'now';
  const size = Math.abs(seconds);
  const [unit, length] = units.find(([, seconds]) => size >= seconds) ?? ['s', 1];
  const text = `${Math.floor(size / length)}${unit}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}
