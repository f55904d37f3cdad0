import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { editRecord, editRows } from '../../journal/fixtures/edit.ts';
import { useCli, ORDERS } from '../../e2e/cli.ts';
import type { Ended } from '../../e2e/cli.ts';

// A run's record is bound to its folder: a copy, or a record that was edited with its checksum made anew, drives, tells and deletes nothing.
const RUN = 'orders-20261120T0300-1';
const OTHER = 'orders-20261120T0300-2';
jest.setTimeout(60_000);

const cli = useCli();
const at = (state: string, run = RUN): string => join(cli.folder, state, 'runs', run);

beforeAll(async () => {
  expect((await cli.run(['restore', ...ORDERS, '--state', 'original', '--yes'])).exitCode).toBe(0);
});

/** What every command says of the run; none of them changes its journal. */
async function told(state: string, run: string): Promise<readonly Ended[]> {
  const before = readFileSync(join(at(state, run), 'journal.sqlite'));
  const world = readFileSync(join(at(state, run), 'world.sqlite'));
  const commands = [
    ['cleanup', run, '--discard-recovered', '--yes'],
    ['resume', run, '--yes'],
    ['report', run],
    ['status', run],
    ['abort', run, '--remove'],
  ];
  const ends: Ended[] = [];
  for (const command of commands) ends.push(await cli.run([...command, '--state', state, '--json']));
  expect(readFileSync(join(at(state, run), 'journal.sqlite')).equals(before)).toBe(true);
  expect(readFileSync(join(at(state, run), 'world.sqlite')).equals(world)).toBe(true);
  return ends;
}

const edits: readonly (readonly [string, string, (directory: string) => void, RegExp])[] = [
  ['a copied folder', OTHER, () => undefined, /its record is that of the run "orders-20261120T0300-1"/],
  [
    'a record with the id of another run',
    RUN,
    (directory) => editRecord(directory, (text) => text.replaceAll(RUN, OTHER)),
    /its record is that of the run "orders-20261120T0300-2"/,
  ],
  [
    'a copied folder whose record was given the id of the folder',
    OTHER,
    (directory) => editRecord(directory, (text) => text.replaceAll(RUN, OTHER)),
    /what it holds of 'recovery' belongs to the "restore" "orders-20261120T0300-1"/,
  ],
  [
    'a record of another runbook',
    RUN,
    (directory) =>
      editRecord(directory, (text) => text.replaceAll('"runbook":"orders"', '"runbook":"payments"')),
    /its record names the runbook "payments"/,
  ],
  [
    'a restore that was made a drill, whose cleanup asks nobody',
    RUN,
    (directory) => editRecord(directory, (text) => text.replaceAll('"mode":"restore"', '"mode":"drill"')),
    /what it holds of 'recovery' belongs to the "restore" "orders-20261120T0300-1"/,
  ],
];

test.each(edits)('%s is refused by every command, and nothing is removed', async (name, run, edit, why) => {
  const state = name.replaceAll(' ', '-');
  cpSync(at('original'), at(state, run), { recursive: true });
  edit(at(state, run));
  for (const { exitCode, stdout, stderr } of await told(state, run)) {
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(why)]);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifeboat.error/v1', code: 'JOURNAL_DAMAGED' });
  }
});

test('a copied folder is listed with the reason, beside the run that it was copied from', async () => {
  cpSync(at('original'), at('beside'), { recursive: true });
  cpSync(at('original'), at('beside', OTHER), { recursive: true });
  const { stdout } = await cli.run(['runs', '--state', 'beside', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    runs: [{ runId: RUN }],
    unreadable: [
      { runId: OTHER, code: 'JOURNAL_DAMAGED', message: expect.stringContaining('is not that run') },
    ],
  });
  expect((await cli.run(['status', RUN, '--state', 'beside'])).exitCode).toBe(0);
});

test('with every row edited alike, the tags of what the restore made keep it from being deleted', async () => {
  const state = 'all-edited';
  cpSync(at('original'), at(state), { recursive: true });
  const asDrill = (text: string): string => text.replaceAll('"mode":"restore"', '"mode":"drill"');
  editRecord(at(state), asDrill);
  editRows(at(state), { snapshot: asDrill });
  const cleaned = await cli.run(['cleanup', RUN, '--state', state, '--json']);
  expect([cleaned.exitCode, JSON.parse(cleaned.stdout)]).toEqual([
    0,
    expect.objectContaining({ removed: [] }),
  ]);
  expect((await cli.run(['cleanup', RUN, '--state', state])).stdout).toMatch(
    /\nNothing was left to remove\.\n$/,
  );
});
