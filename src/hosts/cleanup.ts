import { isResource } from '../workflow/base/aggregate-id.ts';
import { SETTLE_SECONDS } from '../facts/ebs.ts';
import { LifeboatError } from '../errors.ts';
import type { Journal, JournalState } from '../journal/journal.ts';
import { SECOND_MS } from '../time.ts';
import { claimSourcesOf } from '../workflow/recovery/claim-sources.ts';
import type { Decision } from '../workflow/base/decision.ts';
import type { Answer, Effect, MadeThing } from '../workflow/base/effects.ts';
import { askedAgain, effectId } from '../workflow/base/pending.ts';
import type { Executor } from '../workflow/base/executor.ts';
import { mayBeMarked } from '../workflow/recovery/recovery-answers.ts';
import type { RecoveryContext } from '../workflow/recovery/recovery-context.ts';
import type { ResourceContext } from '../workflow/resource/resource-context.ts';
import type { Clock } from '../driver/ports.ts';
import { entryAt, RUN_SUBJECT } from '../workflow/timeline/timeline.ts';
import { RunTime } from '../driver/run-time.ts';

/** Reads lag behind: one empty sweep proves nothing, two a settle window apart do. */
const EMPTY_SWEEPS_TO_BE_SURE = 2;
const MAX_SWEEPS = 30;
/** Minutes of asking again: somebody waits for this command. */
const MAX_ATTEMPTS = 20;
const CLEANUP = 'cleanup';

export interface CleanupParts {
  readonly journal: Journal;
  readonly executor: Executor;
  readonly clock: Clock;
}

interface Cleaner extends CleanupParts {
  readonly time: RunTime;
  sequence: number;
}

/** Writes down what is about to be done, or what came of it. */
async function write(
  cleaner: Cleaner,
  type: 'ASKED' | 'ANSWERED' | 'DONE',
  change: Partial<Pick<Decision, 'settled' | 'effects' | 'timeline'>>,
): Promise<void> {
  cleaner.sequence += 1;
  const { sequence, time } = cleaner;
  const nothing = { settled: [], effects: [], timers: [], cancelled: [], timeline: [] };
  const decision = {
    aggregate: CLEANUP,
    sequence,
    at: time.now(),
    event: { type },
    snapshot: { sequence, done: type === 'DONE' },
    ...nothing,
    ...change,
  };
  await cleaner.journal.commit({ decisions: [decision] });
}

/** Performs one effect until it succeeds; writes it down before and after. */
async function insist(cleaner: Cleaner, first: Effect): Promise<Extract<Answer, { ok: true }>> {
  let effect = first;
  for (;;) {
    await write(cleaner, 'ASKED', { effects: [effect] });
    if (effect.notBefore !== undefined) await cleaner.time.waitUntil(effect.notBefore);
    const [answer] = await cleaner.executor.perform([effect]);
    if (answer === undefined) throw new RangeError(`no answer to ${effect.id}`);
    await write(cleaner, 'ANSWERED', { settled: [effect.id] });
    if (answer.ok) return answer;
    const again = askedAgain(effect, answer.failure.class, cleaner.time.now());
    if (again === undefined || again.attempt > MAX_ATTEMPTS) {
      throw new LifeboatError(
        'AWS_FAILED',
        `Could not clean up: ${answer.failure.code}: ${answer.failure.message}`,
        `Mend that, then run the same cleanup again.`,
      );
    }
    effect = again;
  }
}

/** Fast snapshot restore that the run switched on and never saw switched off, given up or not: it costs money until it is off. */
function fsrLeftOn(
  contexts: readonly ResourceContext[],
): readonly { readonly snapshotId: string; readonly zone: string }[] {
  return contexts.flatMap(({ fsr }) =>
    fsr === undefined || fsr.wasOn || fsr.releasedAt !== undefined
      ? []
      : [{ snapshotId: fsr.snapshotId, zone: fsr.zone }],
  );
}

/**
 * Removes all that a run made and left, by the run's tag, and switches off what it had switched on. For runs that have ended:
 * a run that still goes on is aborted instead. Repeatable.
 */
export async function removeLeftovers(parts: CleanupParts): Promise<{ readonly removed: readonly string[] }> {
  const { journal } = parts;
  const state = await journal.load();
  const sequence = state.aggregates.find((aggregate) => aggregate.id === CLEANUP)?.sequence ?? 0;
  const cleaner: Cleaner = {
    ...parts,
    sequence,
    time: new RunTime(parts.clock, Math.max(state.lastAt, parts.clock.now())),
  };
  // What an earlier cleanup asked for and died over is asked for anew below.
  const forgotten = state.outbox.filter(({ aggregate }) => aggregate === CLEANUP).map(({ id }) => id);
  if (forgotten.length > 0) await write(cleaner, 'ANSWERED', { settled: forgotten });
  const contexts = state.aggregates
    .filter((aggregate) => isResource(aggregate.id))
    .map((aggregate) => (aggregate.snapshot as unknown as { context: ResourceContext }).context);
  const owner = `${journal.record.runId}/${CLEANUP}`;
  for (const target of fsrLeftOn(contexts)) {
    const id = effectId(owner, `fsr-off.${target.snapshotId}@${target.zone}.${cleaner.sequence}`);
    await insist(cleaner, { id, aggregate: CLEANUP, attempt: 1, kind: 'disableFsr', ...target });
  }
  const removed = await sweepUntilEmpty(cleaner, owner);
  await releaseMark(cleaner, owner, state.aggregates);
  await write(cleaner, 'DONE', {
    timeline: [entryAt(cleaner.time.now(), RUN_SUBJECT, { code: 'run.cleaned-up', data: { ids: removed } })],
  });
  return { removed };
}

/** A mark that the run could not take away, or that was set before its journal was lost, would keep the next recovery out. */
async function releaseMark(
  cleaner: Cleaner,
  owner: string,
  aggregates: JournalState['aggregates'],
): Promise<void> {
  const { record } = cleaner.journal;
  const row = aggregates.find(({ id }) => id === 'recovery')?.snapshot as
    { readonly context: RecoveryContext } | undefined;
  const isFromBefore = record.adopted !== undefined && row?.context.claimed === undefined;
  if (!isFromBefore && (row === undefined || !mayBeMarked(row.context))) return;
  const id = effectId(owner, `release.${cleaner.sequence}`);
  const [runbook, sources] = [record.runbook, claimSourcesOf(record.plan)];
  await insist(cleaner, { id, aggregate: CLEANUP, attempt: 1, kind: 'release', runbook, sources });
}

async function sweepUntilEmpty(cleaner: Cleaner, owner: string): Promise<readonly string[]> {
  const removed = new Set<string>();
  const keep: readonly MadeThing[] = [];
  for (let empty = 0, sweeps = 0; empty < EMPTY_SWEEPS_TO_BE_SURE; sweeps += 1) {
    if (sweeps > 0) await cleaner.time.waitUntil(cleaner.time.now() + SETTLE_SECONDS * SECOND_MS);
    const id = effectId(owner, `sweep.${cleaner.sequence}`);
    const answer = await insist(cleaner, { id, aggregate: CLEANUP, attempt: 1, kind: 'sweep', keep });
    if (answer.kind !== 'sweep') continue;
    for (const thing of answer.result.removed) removed.add(thing.id);
    empty = answer.result.found.length === 0 ? empty + 1 : 0;
    if (sweeps >= MAX_SWEEPS) {
      const left = answer.result.found.map((thing) => thing.id).join(', ');
      throw new LifeboatError(
        'AWS_FAILED',
        `Still there after ${MAX_SWEEPS} sweeps: ${left}`,
        'See in the account what holds them, then run the same cleanup again.',
      );
    }
  }
  return [...removed];
}
