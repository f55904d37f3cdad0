import { advise, lifeboat } from '../../advice.ts';
import type { BackfillState } from '../../backfill/backfill-state.ts';
import { LifeboatError } from '../../errors.ts';
import { plain } from '../../report/layout/plain.ts';
import { statusDocument } from './follow-status.ts';
import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { stateOption, type StateOptions } from '../session/options.ts';
import { cloudFolder, runsWithFolder } from '../stored/cloud-folders.ts';
import { storeIn } from '../stored/stored-run.ts';

export const backfillStatusCommand = defineCommand<[string | undefined], StateOptions>({
  usage: 'backfill status [name]',
  summary: 'show the progress of a backfill: its rate, and when the data will be complete',
  description:
    'Shows the progress of a backfill; without a name, of the one started last. The name may be the id of a run with a backfill. Also while another process ' +
    'works on it.',
  options: [stateOption()],
  examples: ['lifeboat backfill status', 'lifeboat backfill status orders-3fa2c1d0 --json'],
  async run({ terminal }, [name], { state }) {
    const found = await findStanding(state, name, (text) => terminal.note(text));
    terminal.document(statusDocument(found, Date.now()));
    const { renderBackfillStatus } = await import('../../report/render/render-backfill-status.ts');
    terminal.print(renderBackfillStatus(statusDocument(found, Date.now()), terminal.palette, terminal.width));
    return EXIT.done;
  },
});

/** @throws LifeboatError `RUN_NOT_FOUND`, naming those there are */
async function findStanding(
  state: string,
  name: string | undefined,
  note: (text: string) => void,
): Promise<BackfillState> {
  const [{ backfillDirectory, backfillOfRun, listBackfills }, { readBackfillState }, store] =
    await Promise.all([
      import('../../backfill/folders.ts'),
      import('../../backfill/backfill-state.ts'),
      storeIn(state),
    ]);
  const runs: (readonly [string, string])[] = [];
  for await (const { runId } of store.list()) runs.push([runId, backfillOfRun(store.folder(runId))]);
  for (const runId of runsWithFolder(state)) runs.push([runId, backfillOfRun(cloudFolder(state, runId))]);
  const own = listBackfills(state).map((known) => [known, backfillDirectory(state, known)] as const);
  const candidates = [...own, ...runs].filter(([known]) => name === undefined || known === name);
  const found: BackfillState[] = [];
  for (const [, directory] of candidates) {
    try {
      const standing = await readBackfillState(directory, Date.now());
      if (standing !== undefined) found.push(standing);
    } catch (error) {
      // One that cannot be read must not hide the others; asked for by its name, it is the answer.
      if (name !== undefined || !(error instanceof LifeboatError)) throw error;
      note(`Note: ${error.message}`);
    }
  }
  const latest = found.sort((left, right) => right.definition.createdAt - left.definition.createdAt)[0];
  if (latest !== undefined) return latest;
  const names = own.map(([known]) => known);
  throw new LifeboatError(
    'RUN_NOT_FOUND',
    name === undefined
      ? `There is no backfill under ${state}.`
      : `There is no backfill '${plain(name, 80)}' under ${state}.`,
    names.length === 0
      ? advise`Name the state directory with --state DIR, or begin one: ${lifeboat('backfill run')}.`
      : `Name one of ${names.slice(0, 10).join(', ')}.`,
  );
}
