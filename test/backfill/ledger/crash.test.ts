import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import type { FileLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import type { RecordState } from '../../../src/backfill/ledger/ledger.ts';
import type { RecordKey } from '../../../src/backfill/base/record.ts';
import { fc } from '../../property.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-crash-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'ledger.log');
const KEYS: readonly RecordKey[] = [
  { source: 1, position: 0, ordinal: 0 },
  { source: 1, position: 9_007_199_254_740_991, ordinal: 1 },
  { source: 2, position: 0, ordinal: 2 },
  { source: 3, position: 'ü-1' },
];

/** What a schedule does to a record; impossible steps are passed over. */
interface Step {
  readonly key: number;
  readonly act: 'intend' | 'known' | 'unknown' | 'succeeded' | 'rejected';
}
const step = fc.record({
  key: fc.nat(KEYS.length - 1),
  act: fc.constantFrom<Step['act']>('intend', 'known', 'unknown', 'succeeded', 'rejected'),
});

/** What a ledger should know, the plain way. */
type Known = Map<number, RecordState>;

/** Does it in the ledger and in the model; `undefined`: there was nothing to do. */
function perform(ledger: FileLedger, known: Known, { key, act }: Step): Promise<void> | undefined {
  const before = known.get(key) ?? { kind: 'new' };
  const record = KEYS[key];
  if (before.kind === 'fate' || record === undefined) return undefined;
  const attempts = 'attempts' in before ? before.attempts : 0;
  if (act === 'intend') {
    known.set(key, { kind: 'unknown', attempts: attempts + 1 });
    return ledger.intend(record, attempts + 1);
  }
  if (before.kind !== 'unknown') return undefined;
  if (act === 'known' || act === 'unknown') {
    known.set(key, { kind: act === 'known' ? 'tried' : 'unknown', attempts });
    return ledger.failed(record, attempts, act, 'reset\nby peer');
  }
  known.set(key, { kind: 'fate', fate: act });
  const fate = act === 'succeeded' ? { kind: act, status: 200 } : { kind: act, status: 410, answer: 'gone' };
  return ledger.conclude(record, attempts, fate);
}

function expectKnown(ledger: FileLedger, known: Known): void {
  for (const [index, key] of KEYS.entries())
    expect(ledger.stateOf(key)).toEqual(known.get(index) ?? { kind: 'new' });
}

/** The whole file, and what is known after each of its lines. */
async function play(
  steps: readonly Step[],
): Promise<{ readonly bytes: Buffer; readonly states: readonly Known[] }> {
  rmSync(file(), { force: true });
  const ledger = await openLedger(directory, { syncs: false });
  const known: Known = new Map();
  const states: Known[] = [new Map()];
  for (const one of steps) {
    const written = perform(ledger, known, one);
    if (written === undefined) continue;
    await written;
    expectKnown(ledger, known);
    states.push(new Map(known));
  }
  await ledger.close();
  return { bytes: readFileSync(file()), states };
}

function linesIn(bytes: Buffer): number {
  return bytes.toString('latin1').split('\n').length - 1;
}

test('cut at any byte, it is what its whole lines say, and goes on from there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const { bytes, states } = await play(steps);
      expect(linesIn(bytes)).toBe(states.length);
      for (let end = 0; end <= bytes.length; end += 1) {
        writeFileSync(file(), bytes.subarray(0, end));
        const ledger = await openLedger(directory, { syncs: false });
        const known = states[Math.max(0, linesIn(bytes.subarray(0, end)) - 1)] ?? new Map();
        expectKnown(ledger, known);
        await ledger.close();
        if (end % 7 !== 0) continue;
        const again = await openLedger(directory, { syncs: false });
        const after: Known = new Map(known);
        await perform(again, after, { key: end % KEYS.length, act: 'intend' });
        await again.close();
        const third = await openLedger(directory, { syncs: false });
        expectKnown(third, after);
        await third.close();
      }
    }),
    { numRuns: 4 },
  );
});

test.each<[string, Buffer]>([
  ['NULs of a lost power', Buffer.alloc(5_000)],
  ['more NULs than a line can be long', Buffer.alloc(700_000)],
  ['NULs with line ends among them', Buffer.from('\0\0\n'.repeat(200))],
  ['half a line', Buffer.from('0badc0de ["i",1,0')],
  ['a line with a wrong checksum', Buffer.from('0badc0de ["i",1,0,0,1,1]\n')],
  ['broken lines and an unfinished one', Buffer.from('x\n\n\ny')],
  ['a very long line', Buffer.alloc(400_000, 'x\u001b')],
])('%s at the end are cut off', async (_, tail) => {
  const { bytes, states } = await play([
    { key: 0, act: 'intend' },
    { key: 0, act: 'succeeded' },
    { key: 3, act: 'intend' },
  ]);
  appendFileSync(file(), tail);
  const ledger = await openLedger(directory, { syncs: false });
  expectKnown(ledger, states.at(-1) ?? new Map());
  expect(readFileSync(file())).toEqual(bytes);
  await ledger.close();
});

test('a flipped bit before the end is found, and nothing is changed', async () => {
  const { bytes } = await play(
    Array.from({ length: 12 }, (_, index) => ({
      key: index % 4,
      act: index < 4 ? 'intend' : index < 8 ? 'unknown' : 'succeeded',
    })),
  );
  const starts = [0];
  for (const [index, byte] of bytes.entries()) if (byte === 0x0a) starts.push(index + 1);
  // With its line end broken a line swallows the next: the last whole one must come after that.
  const flippable = (starts.at(-3) ?? 0) * 8;
  await fc.assert(
    fc.asyncProperty(fc.nat(flippable - 1), async (bit) => {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(file(), flipped);
      const line = starts.filter((start) => start <= bit >> 3).length;
      const failure: unknown = await openLedger(directory, { syncs: false }).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'LEDGER_DAMAGED',
        at: { file: file(), line },
        next: expect.stringContaining(`head -c ${starts[line - 1]}`) as string,
      });
      expect(readFileSync(file())).toEqual(flipped);
    }),
    { numRuns: 300 },
  );
});

test('a hole in the middle of a large ledger is found', async () => {
  const ledger = await openLedger(directory, { syncs: false });
  for (let ordinal = 0; ordinal < 20_000; ordinal += 1)
    void ledger.intend({ source: 1, position: ordinal * 400, ordinal }, 1);
  await ledger.close();
  const bytes = readFileSync(file());
  bytes.fill(0, 400_000, 500_000);
  writeFileSync(file(), bytes);
  const line = linesIn(bytes.subarray(0, 400_000)) + 1;
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'LEDGER_DAMAGED', at: { line } });
});
