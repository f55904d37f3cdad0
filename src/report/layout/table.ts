import type { Paint } from './palette.ts';
import { plain } from './plain.ts';
import { displayWidth, pad, truncate, truncateMiddle } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Kept at this width while another column can give way. Columns of figures give way last of all. */
  readonly least?: number;
  /** Cut in the middle when it does not fit: for ids. */
  readonly isId?: boolean;
}

/** A cell's text is made safe to print here; paint is put on after it was measured and cut. */
export type Cell = string | { readonly text: string; readonly paint: Paint };

const GAP = '  ';
const LEAST_TEXT = 8;
/** Where even that is too much: a stump, so that every column is at least seen. */
const LEAST_COLUMN = 3;

/**
 * A table of at most `width` columns of a terminal, without lines around it. Where it does not fit, the widest columns give way.
 *
 * @example renderTable([{ title: 'name' }, { title: 'GiB', align: 'right' }], [['vol-1', '500']], 80)
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintTitle: Paint = (text) => text,
): readonly string[] {
  const texts = rows.map((row) => columns.map((_, index) => plain(textOf(row[index]))));
  const natural = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...texts.map((row) => displayWidth(row[index] ?? ''))),
  );
  const widths = fitted(natural, columns, width - GAP.length * (columns.length - 1));
  const line = (cells: readonly string[], paintOf: (index: number) => Paint | undefined): string =>
    columns
      .map((column, index) => {
        const cut = column.isId === true ? truncateMiddle : truncate;
        const cell = cut(cells[index] ?? '', widths[index] ?? 0);
        const isLast = index === columns.length - 1;
        const room = (widths[index] ?? 0) - displayWidth(cell);
        const painted = (paintOf(index) ?? same)(cell);
        if (column.align === 'right') return ' '.repeat(Math.max(0, room)) + painted;
        return isLast ? painted : painted + pad('', room);
      })
      .join(GAP)
      .trimEnd();
  const title = line(
    columns.map((column) => column.title),
    () => paintTitle,
  );
  return [title, ...texts.map((row, at) => line(row, (index) => paintOfCell(rows[at]?.[index])))];
}

const same: Paint = (text) => text;

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  return typeof cell === 'string' ? cell : cell.text;
}

function paintOfCell(cell: Cell | undefined): Paint | undefined {
  return cell === undefined || typeof cell === 'string' ? undefined : cell.paint;
}

/** Text gives way first, down to what it is still good for; then everything, down to stumps. */
function fitted(natural: readonly number[], columns: readonly Column[], room: number): readonly number[] {
  const useful = natural.map((width, index) => {
    const column = columns[index];
    return column?.align === 'right' ? width : Math.min(width, column?.least ?? LEAST_TEXT);
  });
  return narrowed(
    narrowed(natural, useful, room),
    useful.map(() => LEAST_COLUMN),
    room,
  );
}

/** Takes from the widest column that is above its floor until the sum fits, or nothing is left to take. */
function narrowed(natural: readonly number[], floors: readonly number[], room: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    let widest = -1;
    for (let index = 0; index < widths.length; index += 1) {
      const gives = (widths[index] ?? 0) > (floors[index] ?? 0);
      if (gives && (widest < 0 || (widths[index] ?? 0) > (widths[widest] ?? 0))) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}
