import { SECOND_MS, type Instant } from '../../time.ts';
import type { Claim } from '../base/effects.ts';
import type { Reason } from '../base/reasons.ts';
import type { FleetSummary, RecoveryContext, RecoveryEvent } from './recovery-context.ts';

/** Resources that go no further: failed, halted, or queued behind a halted one. */
export function stopped({ failed, halted = 0, blocked = 0 }: FleetSummary): number {
  return failed + halted + blocked;
}

/** No resource makes progress, and not all are ready. */
export function isSettled(fleet: FleetSummary): boolean {
  return stopped(fleet) > 0 && fleet.ready + stopped(fleet) === fleet.total;
}

/** Why the recovery cannot go on. */
export function problemOf({ fleet: { failed, total }, halts = [], mode }: RecoveryContext): Reason {
  return { code: 'not-recovered', data: { mode, failed, total, halts } };
}

/** Why the run is given up. */
export function givenUpBy(event: RecoveryEvent): Reason | undefined {
  switch (event.type) {
    case 'PREEMPTED':
      return { code: 'preempted', data: heldBy(event.holder, event.at) };
    case 'reject':
    case 'abort': {
      const { by, reason } = event;
      const code = event.type === 'reject' ? 'rejected' : 'aborted';
      return { code, data: { by, ...(reason !== undefined && { reason }) } };
    }
    default:
      return undefined;
  }
}

/** A restore that was once recovered: people may use its resources by now, however the run ends. */
export function mayBeInUse({ mode, enteredAt }: RecoveryContext): boolean {
  return mode === 'restore' && 'backfill' in enteredAt;
}

/**
 * Each resource warms up and is verified by itself, so phases overlap: such a phase begins with the first resource that comes to it, however long
 * others are still being restored.
 */
export function begunBy(
  { fleet, at }: Extract<RecoveryEvent, { type: 'FLEET' }>,
  enteredAt: RecoveryContext['enteredAt'],
): RecoveryContext['enteredAt'] {
  if (!('restore' in enteredAt) || 'cleanup' in enteredAt) return enteredAt;
  return {
    ...enteredAt,
    ...(fleet.restored > 0 && !('warmup' in enteredAt) && { warmup: at }),
    ...(fleet.warmed > 0 && !('verify' in enteredAt) && { verify: at }),
  };
}

/** How long another run had been under way at `at`. */
export function heldBy(holder: Claim, at: Instant): { readonly holder: Claim; readonly seconds: number } {
  return { holder, seconds: Math.max(0, at - holder.at) / SECOND_MS };
}

/**
 * How many consecutive sweeps must be empty. A run knows its last request, and its sweep waits until that is visible. A cleanup comes after
 * processes that may have died between a request and its record, so there one empty sweep may be a stale read.
 */
export function emptySweepsWanted({ cleanup }: RecoveryContext): number {
  return cleanup === undefined ? 1 : 2;
}
