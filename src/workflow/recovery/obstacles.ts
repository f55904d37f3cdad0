import { isOpen, opensAt, windowOf } from '../../runbook/window.ts';
import type { Instant } from '../../time.ts';
import { formatInstant } from '../../time.ts';
import type { Approval, Frozen, Gate, GatedPhase, RecoveryContext } from './recovery-context.ts';
import type { Phase } from './phase.ts';

/** What a phase waits for. Those of them that people answer are questions (`questions.ts`). */
export type Obstacle =
  | {
      readonly kind: 'approvals';
      readonly phase: GatedPhase;
      readonly missing: number;
      readonly of: number;
      /** What it costs, where that is a reason. */
      readonly why?: string;
    }
  | { readonly kind: 'manual'; readonly phase: GatedPhase; readonly gate: Gate }
  | { readonly kind: 'window'; readonly phase: GatedPhase; readonly gate: Gate; readonly opensAt: Instant }
  | { readonly kind: 'freeze'; readonly phase: GatedPhase; readonly gate: Gate; readonly why: string };

/** What the gates are judged by. */
export type Gated = Pick<RecoveryContext, 'gates' | 'approvals' | 'frozen' | 'outcome'>;

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

/** Everything that keeps a phase closed at `at`. Whoever gave the run up has been asked enough: nothing waits behind a gate then. */
export function obstacles(context: Gated, phase: GatedPhase, at: Instant): readonly Obstacle[] {
  if (context.outcome === 'aborted') return [];
  const gates = context.gates.filter(({ before }) => before === phase);
  return [
    ...approvalsWanted(context, phase, gates),
    ...gates.flatMap((gate) => obstacleOf(context, gate, at)),
  ];
}

function approvalsWanted(context: Gated, phase: GatedPhase, gates: readonly Gate[]): Obstacle[] {
  const counted = gates.filter(({ kind }) => kind === 'approvals' || kind === 'cost');
  const of = Math.max(0, ...counted.map(({ approvals }) => approvals));
  const missing = of - approvers(context.approvals, phase).size;
  const costs = counted.find(({ kind }) => kind === 'cost');
  return missing > 0
    ? [{ kind: 'approvals', phase, missing, of, ...(costs !== undefined && { why: costs.why }) }]
    : [];
}

function obstacleOf(context: Gated, gate: Gate, at: Instant): Obstacle[] {
  const { before: phase } = gate;
  switch (gate.kind) {
    case 'approvals':
    case 'cost':
      return [];
    case 'manual':
      return context.approvals.some(({ step }) => step === gate.id) ? [] : [{ kind: 'manual', phase, gate }];
    case 'window': {
      const window = windowOf(gate.window ?? '');
      return isOpen(window, at) ? [] : [{ kind: 'window', phase, gate, opensAt: opensAt(window, at) }];
    }
    case 'freeze': {
      const frozen = context.frozen.find(({ file }) => file === gate.file);
      return frozen === undefined ? [] : [{ kind: 'freeze', phase, gate, why: frozen.why }];
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

/** An obstacle in words. */
export function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'approvals':
      return `${obstacle.missing} of ${obstacle.of} approval(s) before ${obstacle.phase}${obstacle.why === undefined ? '' : ` (${obstacle.why})`}`;
    case 'manual':
      return `a person to confirm before ${obstacle.phase}: ${obstacle.gate.instructions ?? obstacle.gate.why}`;
    case 'window':
      return `the change window before ${obstacle.phase} (${obstacle.gate.window}): it opens ${formatInstant(obstacle.opensAt)}`;
    case 'freeze':
      return `the end of the freeze before ${obstacle.phase}: ${obstacle.gate.file} ${obstacle.why}`;
  }
}

export function sameFrozen(one: readonly Frozen[], other: readonly Frozen[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ file, why }, index) => file === other[index]?.file && why === other[index]?.why)
  );
}
