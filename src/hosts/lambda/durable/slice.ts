import { beginRun } from '../../../driver/begin.ts';
import { sleep } from '../../../driver/drive.ts';
import { Driver } from '../../../driver/driver.ts';
import type { DriverParts } from '../../../driver/parts.ts';
import { LifeboatError } from '../../../errors.ts';
import type { Journal } from '../../../journal/journal.ts';
import { processText, type ProcessInfo } from '../../../journal/lease.ts';
import { NOTICES_KEY, recordsOf } from '../../../notices/record.ts';
import { MINUTE_MS, SECOND_MS } from '../../../time.ts';
import { MACHINE_VERSION } from '../../../workflow/aggregates.ts';
import type { Outcome } from '../../../workflow/recovery/recovery-context.ts';
import type { Cloud } from './cloud.ts';
import { isSuperseded, takeGeneration } from './generations.ts';
import { isLongRest, register, restOf } from './resting.ts';
import { Telling } from './telling.ts';
import { Turn } from './turn.ts';

/** A request in flight ends within a minute (`src/aws/limits.ts`); the rest is for the journal, notices and the checkpoint. */
const MARGIN_MS = 90 * SECOND_MS;
/**
 * Shorter waits are slept in the process: a durable wait costs two operations and another invocation, about as much as some seconds of a process. And while a
 * slice lasts it holds the lease: between two slices a laptop may take the run over.
 */
const SHORT_REST_MS = 5 * SECOND_MS;
/** How soon a function looks again at a run that another process drives. */
const HELD_REST_MS = 5 * MINUTE_MS;
/** How soon notices are sent again after the end of a run. */
const TELL_REST_MS = MINUTE_MS;

const NEVER = new AbortController().signal;

export interface SliceOptions {
  readonly runId: string;
  /** Of the execution; {@link ContinueRun}. */
  readonly generation: number;
  /** ARN of the function that runs, qualified by its version. */
  readonly versionArn: string;
  /** The callback that ends the wait after this slice. */
  readonly callbackId: string;
  /** The slice before has registered a callback. */
  readonly wasRegistered: boolean;
  /** Milliseconds that the invocation may still run. */
  readonly remainingMs: () => number;
}

/** How one slice ended. Small: it is the result of a durable step. */
export type SliceEnd =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /** It has ended, and a receiver of notices has not taken all of them yet. */
  | { readonly kind: 'tells'; readonly outcome: Outcome; readonly restMs: number }
  /** `waitsFor`: kinds of waits, for people who read the execution's history. */
  | {
      readonly kind: 'rests';
      readonly restMs: number;
      readonly isRegistered: boolean;
      readonly waitsFor: readonly string[];
    }
  /** Another process drives the run. */
  | { readonly kind: 'held'; readonly restMs: number; readonly by: string }
  /** A later execution drives the run. */
  | { readonly kind: 'superseded' }
  /** The machines have changed since the run began. `function`: the version that began it. */
  | { readonly kind: 'other-version'; readonly function: string };

/**
 * What one durable step does: takes the lease, ticks until the run has ended, nothing is due for a while, or the invocation's time is used up, and releases
 * the lease. Everything a later slice must know is in the journal after each tick, so a slice may be killed at any instant and repeated.
 *
 * @throws what the journal throws, and LifeboatError JOURNAL_TOO_NEW where no function is known that could drive the run
 */
export async function driveSlice(cloud: Cloud, options: SliceOptions): Promise<SliceEnd> {
  const { runId } = options;
  const { store } = cloud;
  const acquired = await Turn.begin(cloud).acquire(store, runId);
  if (acquired === undefined || !('epoch' in acquired)) return heldBy(acquired?.drivenBy);
  const journal = await store.open(runId, acquired);
  try {
    return await drive(cloud, journal, options);
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.code !== 'JOURNAL_CONFLICT') throw error;
    // No other process drives: the journal has moved on by the last write of an earlier driver, and is to be read again at once.
    if (await acquired.isOurs()) throw error;
    // Taken over meanwhile; its driver is named only where it still drives.
    return heldBy((await store.holder(runId)).last);
  } finally {
    await journal.close();
  }
}

function heldBy(driver: ProcessInfo | undefined): SliceEnd {
  const by = driver === undefined ? 'another process' : processText(driver);
  return { kind: 'held', restMs: HELD_REST_MS, by };
}

async function drive(cloud: Cloud, journal: Journal, options: SliceOptions): Promise<SliceEnd> {
  const { record } = journal;
  // A version that cannot drive what it began itself would start successors without end: below it is refused as too new.
  const began = record.function === options.versionArn ? undefined : record.function;
  if (record.machineVersion !== MACHINE_VERSION && began !== undefined)
    return { kind: 'other-version', function: began };
  if (await isSuperseded(journal, options.generation)) return { kind: 'superseded' };
  // Only now: the registration may be that of a later execution.
  if (options.wasRegistered) await cloud.store.forgetWake(options.runId);
  // The first decision comes first: the rest of a cold start can wait. What it says is told from the journal.
  await beginRun({ journal, clock: cloud.clock, onTimeline: () => undefined });
  await takeGeneration(journal, options.generation);
  const account = await cloud.account(journal);
  let end: SliceEnd;
  try {
    const telling = await Telling.open(cloud, journal);
    const parts: DriverParts = {
      ...account.parts,
      ...{ journal, clock: cloud.clock },
      onTimeline(entries) {
        telling.onTimeline(entries);
        account.parts.onTimeline(entries);
      },
    };
    end = await tickAlong(cloud, await Driver.open(parts), parts, options);
    await telling.keep();
  } finally {
    await account.close();
  }
  // Notices were sent until now.
  if (end.kind !== 'ended' || !(await hasWaitingNotices(journal))) return end;
  return { ...end, kind: 'tells', restMs: TELL_REST_MS };
}

async function hasWaitingNotices(journal: Journal): Promise<boolean> {
  return recordsOf(await journal.value(NOTICES_KEY)).some(({ waiting }) => waiting > 0);
}

async function tickAlong(
  { store }: Cloud,
  driver: Driver,
  parts: DriverParts,
  { callbackId, remainingMs }: SliceOptions,
): Promise<SliceEnd> {
  const until = driver.now() + remainingMs() - MARGIN_MS;
  for (;;) {
    const tick = await driver.tick(until);
    if (tick.ended !== undefined) return { kind: 'ended', outcome: tick.ended.phase };
    const restMs = restOf(tick, driver.idleUntil, driver.now());
    if (restMs <= SHORT_REST_MS && driver.now() + restMs < until) {
      await sleep(driver, driver.now() + restMs, parts, NEVER);
      continue;
    }
    const isRegistered = isLongRest(restMs);
    const mayRest = !isRegistered || (await register(store, parts.journal, callbackId));
    if (!mayRest && driver.now() < until) continue;
    return { kind: 'rests', restMs, isRegistered, waitsFor: tick.waitsFor.map((wait) => wait.for) };
  }
}
