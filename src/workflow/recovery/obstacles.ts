import { isOpen, opensAt, windowOf } from '../../runbook/window.ts';
import type { Instant } from '../../time.ts';
import type { Approval, Frozen, Gate, GatedPhase, RecoveryContext } from './recovery-context.ts';
import { UNAPPROVED_START } from './gates.ts';
import type { Phase } from './phase.ts';

/** What a phase waits for, as data. Obstacles that people resolve are questions (`questions.ts`). */
export type Obstacle =
  | {
      readonly kind: 'approvals';
      readonly phase: GatedPhase;
      readonly given: number;
      readonly of: number;
      /** What started the run or what it costs, where that is a reason. */
      readonly why?: string;
    }
  /** `gate` is the id of one gate of the phase. */
  | {
      readonly kind: 'manual';
      readonly phase: GatedPhase;
      readonly gate: string;
      readonly instructions: string;
    }
  | {
      readonly kind: 'window';
      readonly phase: GatedPhase;
      readonly gate: string;
      readonly window: string;
      readonly opensAt: Instant;
    }
  | ({ readonly kind: 'freeze'; readonly phase: GatedPhase; readonly gate: string } & Frozen);

/** What the gates are judged by. */
export type Gated = Pick<RecoveryContext, 'gates' | 'approvals' | 'frozen' | 'outcome' | 'cleanup'>;

/** Phases that may have gates, in their order. */
export const GATED: readonly GatedPhase[] = ['restore', 'cutover', 'backfill', 'cleanup'];

/** The phase that the run cannot enter while it is in this one; `undefined` where nothing is gated. */
export function phaseAfter(phase: Phase): GatedPhase | undefined {
  if (phase === 'approval') return 'restore';
  return GATED.find((gated) => gated === phase && gated !== 'restore');
}

/** People who have agreed to the phase so far. */
export function approvers(approvals: readonly Approval[], phase: GatedPhase): ReadonlySet<string> {
  return new Set(
    approvals.filter(({ gate, step }) => gate === phase && step === undefined).map(({ by }) => by),
  );
}

/** Everything that keeps a phase closed at `at`. An aborted run has no open gates. */
export function obstacles(context: Gated, phase: GatedPhase, at: Instant): readonly Obstacle[] {
  if (context.outcome === 'aborted' || context.cleanup !== undefined) return [];
  const gates = context.gates.filter(({ before }) => before === phase);
  return [
    ...approvalsWanted(context, phase, gates),
    ...gates.flatMap((gate) => obstacleOf(context, gate, at)),
  ];
}

function approvalsWanted(context: Gated, phase: GatedPhase, gates: readonly Gate[]): Obstacle[] {
  const counted = gates.filter(({ kind }) => kind === 'approvals' || kind === 'cost');
  const of = Math.max(0, ...counted.map(({ approvals }) => approvals));
  const given = approvers(context.approvals, phase).size;
  const reason = counted.find(({ kind, id }) => kind === 'cost' || id === UNAPPROVED_START);
  return given < of
    ? [{ kind: 'approvals', phase, given, of, ...(reason !== undefined && { why: reason.why }) }]
    : [];
}

function obstacleOf(context: Gated, gate: Gate, at: Instant): Obstacle[] {
  const { id, before: phase } = gate;
  switch (gate.kind) {
    case 'approvals':
    case 'cost':
      return [];
    case 'manual': {
      const { instructions = gate.why } = gate;
      const isConfirmed = context.approvals.some(({ step }) => step === id);
      return isConfirmed ? [] : [{ kind: 'manual', phase, gate: id, instructions }];
    }
    case 'window': {
      const { window = '' } = gate;
      const times = windowOf(window);
      return isOpen(times, at)
        ? []
        : [{ kind: 'window', phase, gate: id, window, opensAt: opensAt(times, at) }];
    }
    case 'freeze': {
      const frozen = context.frozen.find(({ file }) => file === gate.file);
      return frozen === undefined ? [] : [{ kind: 'freeze', phase, gate: id, ...frozen }];
    }
  }
}

export function mayEnter(context: Gated, phase: GatedPhase, at: Instant): boolean {
  return obstacles(context, phase, at).length === 0;
}

/** When the windows that keep a phase closed may all be open; `undefined` when none does. */
export function nextOpening(context: Gated, phase: GatedPhase, at: Instant): Instant | undefined {
  const openings = obstacles(context, phase, at).flatMap((obstacle) =>
    obstacle.kind === 'window' ? [obstacle.opensAt] : [],
  );
  return openings.length === 0 ? undefined : Math.max(...openings);
}

export function sameFrozen(one: readonly Frozen[], other: readonly Frozen[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ file, errno }, index) => file === other[index]?.file && errno === other[index]?.errno)
  );
}
