import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import { readLedger } from '../../../src/backfill/ledger/ledger-view.ts';
import { send } from './fixtures/senders.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-sender-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Whatever a process was promised is in the ledger. */
async function expectKept(lines: readonly string[]): Promise<number> {
  const ledger = await openLedger(directory);
  let kept = 0;
  for (const line of lines) {
    const [what, ordinal] = /^([io]) (\d+)$/.exec(line)?.slice(1) ?? [];
    if (what === undefined) continue;
    const { kind } = ledger.stateOf({
      source: 1,
      position: Number(ordinal) * 400,
      ordinal: Number(ordinal),
    });
    if (what === 'o') expect(kind).toBe('fate');
    else expect(['unknown', 'fate']).toContain(kind);
    kept += 1;
  }
  await ledger.close();
  return kept;
}

test('killed at any instant, nothing that was promised is lost, and the sum comes out', async () => {
  const records = 3_000;
  const said: string[] = [];
  for (const killAfter of [1, 70, 401, 902]) {
    const { lines } = await send(directory, { records, lanes: 32, killAfter });
    said.push(...lines);
    expect(lines).not.toContain('closed');
    expect(await expectKept(said)).toBeGreaterThanOrEqual(killAfter);
  }
  const { lines } = await send(directory, { records, lanes: 32 });
  expect(lines.at(-1)).toBe('closed');
  const view = await readLedger(directory);
  expect(view).toMatchObject({ openCount: 0, counts: { succeeded: records } });
  // What was under way when a process died is what was sent twice.
  const { sends = 0, resentUnknown } = view?.counts ?? {};
  expect(resentUnknown).toBe(sends - records);
  expect(sends - records).toBeLessThanOrEqual(4 * 32);
});

test('a file that may not grow ends the sending with what to do, and later it goes on', async () => {
  const records = 2_000;
  const { lines } = await send(directory, { records, lanes: 16, maxFileBlocks: 64 });
  const failure: unknown = JSON.parse(lines.find((line) => line.startsWith('{')) ?? 'null');
  expect(failure).toEqual({
    code: 'LEDGER_UNWRITABLE',
    message: expect.stringContaining(join(directory, 'ledger.log')) as string,
    next: expect.stringContaining('what was written before is safe') as string,
  });
  expect(lines.at(-1)).toBe('closed');
  expect(await expectKept(lines)).toBeGreaterThan(100);
  const again = await send(directory, { records, lanes: 16 });
  expect(again.lines.at(-1)).toBe('closed');
  expect(await readLedger(directory)).toMatchObject({ openCount: 0, counts: { succeeded: records } });
});
