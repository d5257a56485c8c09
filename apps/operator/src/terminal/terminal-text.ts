// Characters that take two cells, and those that take none.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const narrow = /\p{Mark}/u;

/** Text from outside, made safe to show: control characters could move the cursor or worse. */
export function printable(text: string): string {
  return text.replace(/[\p{Control}\p{Format}\p{Line_Separator}\p{Paragraph_Separator}]+/gu, ' ').trim();
}

/** Cells that the text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** At most `width` cells; what is cut off shows as `…`. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width < 1 ? '' : `${cut(text, width - 1).trimEnd()}…`;
}

/** The same from the other end, for what differs at its end only, as paths do. */
export function truncateStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const kept = [...text];
  while (kept.length > 0 && widthOf(kept.join('')) > width - 1) kept.shift();
  return width < 1 ? '' : `…${kept.join('')}`;
}

export function pad(shown: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'left' ? shown + space : space + shown;
}

/** Lines of at most `width` cells, broken between words; what goes beyond `lines` is cut off with `…`. */
export function wrap(text: string, width: number, lines: number): string[] {
  const result: string[] = [];
  let rest = text.trim();
  while (rest !== '' && result.length < lines - 1 && widthOf(rest) > width) {
    const piece = cut(rest, width);
    const isBetweenWords = rest[piece.length] === ' ';
    const space = isBetweenWords ? piece.length : piece.lastIndexOf(' ');
    const line = space > 0 ? rest.slice(0, space) : piece;
    result.push(line.trimEnd());
    rest = rest.slice(line.length).trimStart();
    if (line === '') break;
  }
  return rest === '' ? result : [...result, truncate(rest, width)];
}

function cut(text: string, width: number): string {
  let cells = 0;
  let end = 0;
  for (const character of text) {
    cells += cellsOf(character);
    if (cells > width) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function cellsOf(character: string): number {
  if (wide.test(character)) return 2;
  return narrow.test(character) ? 0 : 1;
}
