import type { Backfill } from '../../backfill/backfill.ts';
import type { BackfillDefinition } from '../../backfill/base/definition.ts';
import type { ProgressRow } from '../../backfill/progress.ts';
import { LifeboatError } from '../../errors.ts';
import { hostNote } from './backfill-hosts.ts';
import { openTools, showingBytes, unlessInterrupted } from './backfill-tools.ts';
import { dataCompleteOf, exitCodeOfRunning, runDocument } from './backfill-verdict.ts';
import { plain } from '../../report/layout/plain.ts';
import type { Session } from '../session/command.ts';
import { EXIT, type ExitCode } from '../session/exit-codes.ts';
import type { StateOptions } from '../session/options.ts';
import type { Terminal } from '../session/terminal.ts';
import { interruptible } from '../session/interruption.ts';

/** All of them are in the ledger. */
const MOST_REFUSALS = 20;
const MOST_REFUSALS_SHOWN = 3;

interface DriveOptions extends StateOptions {
  readonly yes?: boolean;
}

/** Starts a backfill or continues it, until it is complete or paused. */
export async function driveBackfill(
  session: Session,
  definition: BackfillDefinition,
  options: DriveOptions,
): Promise<ExitCode> {
  const [{ Backfill }, { backfillDirectory }] = await Promise.all([
    import('../../backfill/backfill.ts'),
    import('../../backfill/folders.ts'),
  ]);
  const tools = await openTools(session, definition.region);
  const directory = backfillDirectory(options.state, definition.name);
  const backfill = await Backfill.open(directory, definition, tools);
  try {
    return await drive(session, backfill, options);
  } finally {
    await backfill.close();
  }
}

async function drive(session: Session, backfill: Backfill, options: DriveOptions): Promise<ExitCode> {
  const { terminal } = session;
  const { name } = backfill.definition;
  if (backfill.facts !== undefined) {
    terminal.note(`Continuing the backfill ${name}.`);
    if (backfill.result().pending === 0) await unlessInterrupted((signal) => backfill.refuseChanged(signal));
  } else {
    await unlessInterrupted((signal) =>
      showingBytes(terminal, (onProgress) => backfill.scan(signal, onProgress)),
    );
  }
  await agree(session, backfill, options);
  // A complete backfill is not replayed again and keeps its end, unless its ledger was cut since: then requests are pending.
  const isOver = backfill.endedAt !== undefined && !backfill.hasQueues && backfill.result().pending === 0;
  const end = isOver ? 'completed' : await replay(backfill, terminal);
  const result = backfill.result();
  const dataComplete = dataCompleteOf(backfill.definition, result, backfill.endedAt);
  if (dataComplete === null && backfill.definition.dataCompleteSeconds !== undefined)
    terminal.note(
      'Note: dataComplete is not judged: no window was found. Say when the outage began: --incident-at.',
    );
  const refusals = await backfill.refusals(MOST_REFUSALS);
  terminal.document(runDocument(result, { name, status: end, dataComplete, refusals }));
  const { renderBackfill } = await import('../../report/render/render-backfill.ts');
  terminal.print(renderBackfill(result, terminal.palette, terminal.width));
  for (const { source, position, status, answer } of refusals.slice(0, MOST_REFUSALS_SHOWN))
    terminal.print(
      `Refused: ${status} for the request at ${position} of source ${source}: ${plain(answer, 120)}`,
    );
  if (end === 'paused') terminal.note('Paused: no request is in flight. Run the same command to continue.');
  return exitCodeOfRunning(result, end, dataComplete);
}

/** Asks before anything is sent. A script agrees by calling the command, except to one thing that it may not expect: requests of several hosts that would all go to one. */
async function agree({ terminal }: Session, backfill: Backfill, { yes }: DriveOptions): Promise<void> {
  const result = backfill.result();
  if (result.pending === 0 && !backfill.hasQueues) return;
  const { replay } = backfill.definition.spec;
  const note = replay === undefined || result.pending === 0 ? undefined : hostNote(result, replay);
  if (note !== undefined) terminal.note(`Note: ${note.text}`);
  if (yes === true || (!terminal.watched && note?.isMixed !== true)) return;
  const { renderBackfill } = await import('../../report/render/render-backfill.ts');
  if (terminal.watched) terminal.print(`${renderBackfill(result, terminal.palette, terminal.width)}\n`);
  const logged = `${result.pending.toLocaleString('en-US')} requests`;
  const count = backfill.hasQueues ? `${logged}, and the messages of the queues,` : logged;
  const mixed =
    note?.isMixed === true
      ? ', made to several hosts, with its host alone (rewrite.host says otherwise)'
      : '';
  if (await terminal.confirm(`Send ${count} to ${backfill.targetName}${mixed}?`)) return;
  throw new LifeboatError(
    'QUESTION_DECLINED',
    'Nothing was sent: the answer was not yes.',
    'Change the rules or the target, and run it again.',
  );
}

/** Ctrl-C pauses; a second one exits at once: the ledger is complete at any instant. */
async function replay(backfill: Backfill, terminal: Terminal): Promise<'completed' | 'paused'> {
  const block = await terminal.openBlock();
  try {
    return await interruptible(
      (pause) => backfill.replay(pause, (row) => block?.showLine(progressLine(row))),
      {
        first: () =>
          terminal.note('Pausing: waiting for requests in flight. Press Ctrl-C again to stop at once.'),
        again: () => {
          terminal.note('Stopped at once; the ledger is complete. Run the same command to continue.');
          process.exit(EXIT.waiting);
        },
      },
    );
  } finally {
    block?.close();
  }
}

function progressLine({ result, ratePerSecond, governor, targetDown }: ProgressRow): string {
  const { replayed, pending } = result;
  const done = replayed.succeeded + replayed.rejected + replayed.abandoned + replayed.ambiguous;
  const why = targetDown ?? governor.heldBackBy;
  const held = why === undefined ? '' : `; ${why}`;
  return `${done.toLocaleString('en-US')} of ${(done + pending).toLocaleString('en-US')}, ${Math.round(ratePerSecond)}/s${held}`;
}
