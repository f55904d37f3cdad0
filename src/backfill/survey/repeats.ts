/** The first lines of a source, by which it is known again within others. */
export interface FirstLines {
  readonly source: number;
  readonly name: string;
  readonly lines: readonly Uint8Array[];
}

/** Fewer lines may well be the same by chance, as checks of health are on several machines. */
export const FEWEST_LINES = 5;
/** Of more sources, each line would have to be compared with several beginnings. */
export const MOST_BEGINNINGS = 256;
/** In one part of a source. */
const MOST_RUNS = 64;
const MOST_TOLD = 3;

/** A line by which a source is known again. */
interface Start {
  readonly of: FirstLines;
  /** Its second line too: what was cut out of another log may begin within a line. */
  readonly line: 0 | 1;
}

interface Run {
  readonly of: FirstLines;
  readonly offset: number;
  /** So many of the lines have come. */
  count: number;
}

/** Finds places where a source contains the first lines of another one: logs were joined, or cut out of one another. Compares lengths first, so it costs little. */
export class RepeatWatch {
  readonly #source: number;
  readonly #byLength = new Map<number, Start[]>();
  readonly #remarks: string[] = [];
  #runs: Run[] = [];
  /** A source holds its own first lines, once. */
  #isOwnDue: boolean;

  /** @param isBeginning the part is that with which the source begins */
  constructor(source: number, beginnings: readonly FirstLines[], isBeginning: boolean) {
    this.#source = source;
    this.#isOwnDue = isBeginning;
    for (const of of beginnings) {
      const [first, second] = of.lines;
      this.#startWith({ of, line: 0 });
      const isAnother = second !== undefined && first !== undefined && Buffer.compare(first, second) !== 0;
      if (isAnother && of.lines.length > FEWEST_LINES) this.#startWith({ of, line: 1 });
    }
  }

  #startWith(start: Start): void {
    const length = start.of.lines[start.line]?.length ?? 0;
    const like = this.#byLength.get(length);
    if (like === undefined) this.#byLength.set(length, [start]);
    else like.push(start);
  }

  get remarks(): readonly string[] {
    return this.#remarks;
  }

  /** Every line, in the order of the source. */
  see(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (this.#runs.length > 0) this.#runs = this.#runs.filter((run) => this.#goesOn(run, bytes, start, end));
    const like = this.#byLength.get(end - start);
    if (like === undefined) return;
    for (const { of, line } of like) {
      if (this.#runs.length >= MOST_RUNS || !isSame(of.lines[line], bytes, start, end)) continue;
      // A run that began with the first line continues with the second.
      if (line === 0 || !this.#runs.some((run) => run.of === of && run.count === 2))
        this.#runs.push({ of, offset, count: line + 1 });
    }
  }

  #goesOn(run: Run, bytes: Uint8Array, start: number, end: number): boolean {
    const { of, offset } = run;
    if (!isSame(of.lines[run.count], bytes, start, end)) return false;
    run.count += 1;
    if (run.count < of.lines.length) return true;
    if (of.source === this.#source && this.#isOwnDue) this.#isOwnDue = false;
    else if (this.#remarks.length < MOST_TOLD)
      this.#remarks.push(
        of.source === this.#source
          ? `from byte ${offset} on it starts over: requests that it contains twice are counted and sent twice`
          : `from byte ${offset} on it contains the first lines of ${of.name}: requests that are in both are counted and sent twice; leave one of them out`,
      );
    return false;
  }
}

function isSame(line: Uint8Array | undefined, bytes: Uint8Array, start: number, end: number): boolean {
  return line?.length === end - start && Buffer.compare(line, bytes.subarray(start, end)) === 0;
}
