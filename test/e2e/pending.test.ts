import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHere } from '../cli/run-here.ts';
import { documentOf, useCli, ROOT, ORDERS } from './cli.ts';
import type { Ended } from './cli.ts';
import { startByHand } from './waiting.ts';

// Signals that were accepted while no process drives the run: what the next driver does with them is told, and asked about where it destroys.
const RUN = 'orders-20261120T0300-1';
jest.setTimeout(60_000);

const cli = useCli();
beforeAll(async () => {
  const held = join(cli.folder, 'held.yaml');
  const gates = 'gates: [{ before: cutover, approvals: 1 }]';
  writeFileSync(held, `${readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8')}\n${gates}\n`);
  expect((await startByHand(cli.folder, [held, ...ORDERS.slice(1)])).exitCode).toBe(4);
});

function held(name: string): readonly string[] {
  cpSync(join(cli.folder, 'waiting'), join(cli.folder, name), { recursive: true });
  return ['--state', name];
}

/** Inside the test; with an answer it is a person at a terminal who gives it. */
const here = (args: readonly string[], answer?: string): Promise<Ended> =>
  runHere(args, { folder: cli.folder, ...(answer !== undefined && { answer }) });

async function answer(state: string, words: string): Promise<{ exitCode: number; said: string }> {
  const { exitCode, stderr } = await here(['resume', RUN, '--state', state], words);
  return { exitCode, said: stderr };
}

test('status shows an accepted abort that no driver has applied, and only a confirmed command carries it out', async () => {
  const state = held('abort');
  expect((await here(['pause', RUN, ...state])).exitCode).toBe(0);
  expect((await here(['resume', RUN, ...state])).exitCode).toBe(4);
  expect((await here(['abort', RUN, ...state, '--remove', '--by', 'kim'])).exitCode).toBe(0);
  const standing = async (): Promise<Record<string, unknown>> =>
    documentOf(await here(['status', RUN, ...state, '--json']));
  const pending = {
    kind: 'abort',
    by: 'kim',
    effect: expect.stringMatching(/^ends the run and removes what was made: .*orders-prod-/),
    endsRun: true,
  };
  expect(await standing()).toMatchObject({ driven: null, pendingSignals: [pending] });
  const { stdout: text } = await here(['status', RUN, ...state]);
  expect(text).toMatch(/; not driven since \d\d:/);
  expect(text.replace(/\s+/g, ' ')).toMatch(
    /pending abort by kim at \S+ ends the run and removes what was made: /,
  );
  expect(text).toContain(`lifeboat resume ${RUN} --state abort (asks, then carries out the abort by kim)`);

  const unanswered = await cli.run(['resume', RUN, ...state]);
  expect([unanswered.exitCode, unanswered.stderr]).toEqual([
    2,
    expect.stringMatching(/Not carried out yet: abort by kim .* removes what was made: .*\n.*--yes/s),
  ]);
  const declined = await answer('abort', 'n');
  expect([declined.exitCode, declined.said]).toEqual([
    130,
    expect.stringMatching(
      /Nothing was done: the abort by kim still waits for a driver\.\nTry: .* lifeboat abort .* --keep --state abort, then resume\./,
    ),
  ]);
  expect(await standing()).toMatchObject({ phase: 'cutover', pendingSignals: [pending] });

  const carriedOut = await cli.run(['resume', RUN, ...state, '--yes', '--json']);
  expect([carriedOut.exitCode, documentOf(carriedOut)]).toEqual([
    130,
    expect.objectContaining({ status: 'aborted', problem: 'aborted by kim' }),
  ]);
  expect(await standing()).toMatchObject({ pendingSignals: [] });
});

test.each([
  ['abort', ['--keep'], /ends the run and keeps what was made/],
  ['reject', [], /ends the run and removes what was made/],
] as const)('%s %j is asked about on a terminal, and a yes carries it out', async (kind, options, effect) => {
  const state = held(`${kind}-asked`);
  expect((await here([kind, RUN, ...state, ...options])).exitCode).toBe(0);
  const { exitCode, said } = await answer(`${kind}-asked`, 'y');
  expect([exitCode, said]).toEqual([130, expect.stringMatching(effect)]);
});

test('an abort with --remove can be changed to --keep until a driver has begun to remove', async () => {
  const state = held('kept');
  expect((await here(['abort', RUN, ...state, '--remove'])).exitCode).toBe(0);
  const again = await here(['abort', RUN, ...state, '--remove']);
  expect([again.exitCode, again.stderr]).toEqual([
    1,
    expect.stringContaining('the run is already aborted; the next driver carries that out.'),
  ]);
  expect((await here(['abort', RUN, ...state, '--keep', '--by', 'kim'])).exitCode).toBe(0);
  const { exitCode, said } = await answer('kept', 'y');
  expect([exitCode, said]).toEqual([
    130,
    expect.stringMatching(
      /abort by kim at \S+: ends the run and keeps, instead of removing, what was made: .*orders-prod-/,
    ),
  ]);
  const { stdout } = await here(['status', RUN, ...state]);
  expect(stdout).toMatch(/\d+ kept on purpose/);
  const late = await here(['abort', RUN, ...state, '--keep']);
  expect(late.exitCode).toBe(1);
});

test('signals that do not end the run are reported, and carried out without a question', async () => {
  const state = held('agreed');
  expect((await here(['pause', RUN, ...state, '--by', 'kim'])).exitCode).toBe(0);
  expect((await here(['approve', RUN, ...state, '--by', 'kim'])).exitCode).toBe(0);
  const { pendingSignals } = documentOf(await here(['status', RUN, ...state, '--json']));
  expect(pendingSignals).toMatchObject([
    { kind: 'pause', by: 'kim', effect: 'holds the run: nothing new is started' },
    { kind: 'approve', by: 'kim', effect: 'counts as approval 1 before cutover' },
  ]);
  expect((await here(['resume', RUN, ...state])).exitCode).toBe(0);
});
