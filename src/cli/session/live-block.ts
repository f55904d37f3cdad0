import { displayWidth, truncate } from '../../report/layout/text.ts';

/** What is used of log-update: draws a text over the last one. */
export interface Redraw {
  (text: string): void;
  clear(): void;
  /** Forgets the last text and leaves it where it is. */
  done(): void;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Draws for a terminal of this size; told anew whenever that changes. */
export type Frame = (size: Size) => string;

/** Lines at the bottom of a terminal that are drawn again and again, while everything else scrolls by above them. */
export interface LiveBlock {
  show(frame: Frame): void;
  /** One line, cut where the terminal ends. */
  showLine(text: string): void;
  /** Writes a text that stays, above the block. */
  above(text: string, write: (text: string) => void): void;
  /** Writes what has not been written yet, and takes the block away. */
  close(): void;
}

export interface BlockParts {
  readonly redraw: Redraw;
  /** Straight to the terminal. */
  readonly write: (text: string) => void;
  readonly size: () => Size;
  /** Milliseconds between two drawings, at least. */
  readonly paceMs: number;
}

const ESCAPE = '\u001b[';
const TO_TOP_AND_ERASE = `${ESCAPE}H${ESCAPE}J`;

/** Takes away so many rows, the one of the cursor included; no further up than the top of the screen. */
function eraseRows(rows: number): string {
  return `${`${ESCAPE}2K${ESCAPE}1A`.repeat(Math.max(0, rows - 1))}${ESCAPE}2K${ESCAPE}G`;
}

/** Rows of each line on a terminal which breaks lines at its edge. */
function rowsOfLines(text: string, columns: number): readonly number[] {
  const lines = text.split('\n');
  return lines.map((line) => Math.max(1, Math.ceil(displayWidth(line) / columns)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A text that stays, and how it was written. */
interface Spoken {
  readonly text: string;
  readonly write: (text: string) => void;
}

/** What scrolled out of reach when the screen became too small for the block, and what was written since. */
interface Overflow {
  /** Columns of its lines. */
  readonly widths: readonly number[];
  readonly since: readonly Spoken[];
}

/** {@link LiveBlock} on a terminal whose resizing it must be told of (`refit`). */
export class ScrollingBlock implements LiveBlock {
  readonly #parts: BlockParts;
  #frame: Frame = () => '';
  /** As it was drawn last. */
  #drawn = '';
  #size: Size;
  #waiting: Spoken[] = [];
  #overflow: Overflow | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawnAt = -Infinity;
  #isOpen = true;

  constructor(parts: BlockParts) {
    this.#parts = parts;
    this.#size = parts.size();
  }

  show(frame: Frame): void {
    this.#frame = frame;
    this.#schedule();
  }

  showLine(text: string): void {
    this.show(({ columns }) => truncate(text, columns));
  }

  above(text: string, write: (text: string) => void): void {
    if (!this.#isOpen) {
      write(text);
      return;
    }
    this.#waiting.push({ text, write });
    this.#schedule();
  }

  /**
   * The terminal has another size. One that has become narrower has broken the lines of the block into more rows than were drawn:
   * all of them are taken away. Where that is more than the screen has, the rest is out of reach until the screen grows again and
   * brings it back.
   */
  refit(): void {
    if (!this.#isOpen || this.#drawn === '') return;
    const { redraw, write, size } = this.#parts;
    const before = this.#size;
    this.#size = size();
    const { columns, rows } = this.#size;
    const taken = rowsOfLines(this.#drawn, columns);
    if (sum(taken) + 1 > rows) {
      this.#overflow ??= { widths: widthsOfFirst(this.#drawn, taken, columns, rows), since: [] };
      write(TO_TOP_AND_ERASE);
    } else if (this.#overflow !== undefined && rows > before.rows) this.#mend(this.#overflow, sum(taken));
    else write(eraseRows(sum(taken) + 1));
    redraw.done();
    this.#draw();
  }

  /** The screen has grown, and may have brought back what was out of reach. */
  #mend({ widths, since }: Overflow, taken: number): void {
    const { columns, rows } = this.#size;
    const stale = sum(widths.map((width) => Math.max(1, Math.ceil(width / columns))));
    const between = sum(since.flatMap(({ text }) => rowsOfLines(text.trimEnd(), columns)));
    this.#overflow = undefined;
    this.#parts.write(eraseRows(Math.min(rows, stale + between + taken + 1)));
    for (const { text, write } of since) write(text);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#parts.redraw.clear();
    this.#parts.redraw.done();
    this.#scroll();
  }

  #schedule(): void {
    if (!this.#isOpen || this.#timer !== undefined) return;
    const waitMs = this.#drawnAt + this.#parts.paceMs - performance.now();
    if (waitMs <= 0) this.#draw();
    // A view must not keep a process alive that has nothing else to do.
    else this.#timer = setTimeout(() => this.#draw(), waitMs).unref();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawnAt = performance.now();
    this.#size = this.#parts.size();
    if (this.#waiting.length > 0) this.#parts.redraw.clear();
    this.#scroll();
    this.#drawn = this.#frame(this.#size);
    this.#parts.redraw(this.#drawn);
  }

  #scroll(): void {
    for (const { text, write } of this.#waiting) write(text);
    if (this.#overflow !== undefined) {
      const since = [...this.#overflow.since, ...this.#waiting];
      // By now the rest has scrolled out of reach for good.
      this.#overflow = since.length > this.#size.rows ? undefined : { ...this.#overflow, since };
    }
    this.#waiting = [];
  }
}

/** Widths of the lines, or of the parts of them, that do not fit on a screen of `rows` rows. */
function widthsOfFirst(
  text: string,
  taken: readonly number[],
  columns: number,
  rows: number,
): readonly number[] {
  const lines = text.split('\n');
  let hidden = sum(taken) + 1 - rows;
  const widths: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (hidden <= 0) break;
    widths.push(Math.min(displayWidth(line), hidden * columns));
    hidden -= taken[index] ?? 1;
  }
  return widths;
}
