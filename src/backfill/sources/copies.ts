/** A log that can be compared with others. */
export interface Comparable {
  readonly name: string;
  /** The first bytes of its text, as many as for all others; fewer where there are no more. `undefined`: it was not looked at. */
  readonly beginning: Uint8Array | undefined;
  /** Its whole text, decompressed. */
  text(): AsyncIterable<Uint8Array>;
}

/** A log that is not read because another one contains all of it. */
export interface Copy<T> {
  readonly copy: T;
  readonly of: T;
  /** The other one continues where it ends. */
  readonly isBeginning: boolean;
}

/**
 * Finds logs whose whole text is another log or its beginning, compressed or not, such as a copy of a log that was made while it grew. Only logs that begin with the same bytes are read, up to the first
 * difference. Of two identical logs the first stays.
 *
 * @param logs without those that are empty
 */
export async function findCopies<T extends Comparable>(logs: readonly T[]): Promise<readonly Copy<T>[]> {
  const order = new Map(logs.map((log, index) => [log, index]));
  const looked = logs.flatMap((log) =>
    log.beginning === undefined ? [] : [{ log, beginning: log.beginning }],
  );
  looked.sort(
    (left, right) =>
      Buffer.compare(left.beginning, right.beginning) ||
      (order.get(left.log) ?? 0) - (order.get(right.log) ?? 0),
  );
  const copies: Copy<T>[] = [];
  // In this order a text comes right before those that it is the beginning of.
  let kin: typeof looked = [];
  for (const one of looked) {
    kin = kin.filter(({ beginning }) => startsWith(one.beginning, beginning));
    const left = [];
    let isCopy = false;
    for (const other of kin) {
      const relation = isCopy ? 'apart' : await compare(one.log, other.log);
      if (relation === 'same' || relation === 'begins') {
        copies.push({ copy: one.log, of: other.log, isBeginning: relation === 'begins' });
        isCopy = true;
      }
      if (relation === 'continues') copies.push({ copy: other.log, of: one.log, isBeginning: true });
      else left.push(other);
    }
    kin = isCopy ? left : [...left, one];
  }
  return copies;
}

function startsWith(text: Uint8Array, beginning: Uint8Array): boolean {
  return Buffer.compare(text.subarray(0, beginning.length), beginning) === 0;
}

/** `begins`: the other one continues where this one ends. `continues`: the other way round. */
type Relation = 'same' | 'begins' | 'continues' | 'apart';

async function compare(one: Comparable, other: Comparable): Promise<Relation> {
  const [left, right] = [one.text()[Symbol.asyncIterator](), other.text()[Symbol.asyncIterator]()];
  try {
    let [ours, theirs] = [await next(left), await next(right)];
    while (ours.length > 0 && theirs.length > 0) {
      const length = Math.min(ours.length, theirs.length);
      if (Buffer.compare(ours.subarray(0, length), theirs.subarray(0, length)) !== 0) return 'apart';
      ours = ours.length > length ? ours.subarray(length) : await next(left);
      theirs = theirs.length > length ? theirs.subarray(length) : await next(right);
    }
    if (ours.length === theirs.length) return 'same';
    return ours.length === 0 ? 'begins' : 'continues';
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}

/** The next bytes; none at the end of the text. */
async function next(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true) return new Uint8Array(0);
    if (value.length > 0) return value;
  }
}

const COMPRESSED = /\.(gz|zst|zstd)$/i;
/** What programs that rotate logs append: `.1`, `-20261120`, `.2026-11-20-03`. */
const ROTATED = /([.-]\d{1,2}|[.-]?\d{4}-?\d{2}-?\d{2}([-T_.]?\d{2,6})?)$/;

/** The name of a log without what compression and rotation make of it, and without its folders. */
export function stemOf(name: string): string {
  const file = name.slice(name.lastIndexOf('/') + 1).replace(COMPRESSED, '');
  return file.replace(ROTATED, '');
}
