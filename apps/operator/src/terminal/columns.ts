import { pad, truncate, truncateStart, widthOf } from './terminal-text.ts';

export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly align?: 'left' | 'right';
  /** Which end counts least. Default: the end. */
  readonly cut?: 'start' | 'end';
  /** A column that may become narrower than its content, down to this. */
  readonly least?: number;
  /** When there is no room at all, the column with the lowest rank goes first; without a rank it stays. */
  readonly rank?: number;
}

export interface FittedColumn<T> extends Column<T> {
  width: number;
}

const gap = '  ';

/** The columns that fit into `width` cells, with their widths. */
export function fitColumns<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): FittedColumn<T>[] {
  const filled = columns.filter((column) => column.rank === undefined || rows.some((row) => column.text(row) !== ''));
  const wanted = filled.map((column) => ({ ...column, width: contentWidth(column, rows) }));
  let kept = wanted;
  while (leastWidth(kept) > width) {
    const ranks = kept.flatMap(({ rank }) => (rank === undefined ? [] : [rank]));
    if (ranks.length === 0) break;
    const lowest = Math.min(...ranks);
    kept = kept.filter(({ rank }) => rank !== lowest);
  }
  return shrink(kept, width);
}

export function headerLine<T>(columns: readonly FittedColumn<T>[]): string {
  return columns
    .map(({ title, width, align }) => pad(truncate(title, width), width, align))
    .join(gap)
    .trimEnd();
}

/** The cells of a row, without the empty ones at its end. */
export function rowCells<T>(columns: readonly FittedColumn<T>[], row: T): string[] {
  const last = columns.findLastIndex(({ text }) => text(row) !== '');
  return columns.slice(0, last + 1).map(({ text, width, align, cut }, index) => {
    const shown = cut === 'start' ? truncateStart(text(row), width) : truncate(text(row), width);
    const cell = pad(shown, width, align);
    return index === last ? cell.trimEnd() : cell;
  });
}

export function joinCells(cells: readonly string[]): string {
  return cells.join(gap);
}

function contentWidth<T>({ title, text }: Column<T>, rows: readonly T[]): number {
  return Math.max(widthOf(title), ...rows.map((row) => widthOf(text(row))));
}

function leastWidth<T>(columns: readonly FittedColumn<T>[]): number {
  return totalWidth(columns.map(({ width, least }) => Math.min(width, least ?? width)));
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1);
}

/** Takes what is too much from the widest column that can give, cell by cell, and from any where none can. */
function shrink<T>(columns: readonly FittedColumn<T>[], width: number): FittedColumn<T>[] {
  const result = columns.map((column) => ({ ...column }));
  for (let excess = totalWidth(result.map((column) => column.width)) - width; excess > 0; excess--) {
    const able = result.filter((column) => column.width > (column.least ?? column.width));
    const [first, ...others] = able.length > 0 ? able : result.filter((column) => column.width > 1);
    if (!first) break;
    others.reduce((widest, column) => (column.width > widest.width ? column : widest), first).width--;
  }
  return result;
}
