import { happensIn } from '../../kinds/drill-rules.ts';
import type { Plan } from '../../plan/types.ts';
import type { Runbook } from '../../runbook/schema.ts';
import type { Gate, Waiver } from './recovery-context.ts';

/** The gates of a run, and those waived because of the incident. */
export interface Gates {
  readonly gates: readonly Gate[];
  readonly waivers: readonly Waiver[];
}

export interface GateCircumstances {
  /** An incident was declared: gates with `unless: incident` are waived. */
  readonly isIncident: boolean;
  /** Makes the path of a freeze file absolute, as the runbook means it. */
  readonly absolute: (path: string) => string;
  /** No person has agreed to the run yet: what started it, e.g. an alarm. The run asks one approval before it restores, also in a drill. */
  readonly unapprovedStart?: string | undefined;
}

type RunbookGate = Runbook['gates'][number];

interface Candidate extends Gate {
  readonly isWaivable: boolean;
}

/** The id of the gate of a run that no person has agreed to. */
export const UNAPPROVED_START = 'restore/approvals/start';

export function gatesOf(
  runbook: Runbook,
  plan: Plan,
  { isIncident, absolute, unapprovedStart }: GateCircumstances,
): Gates {
  const candidates = [
    ...(unapprovedStart === undefined ? [] : [startGate(unapprovedStart)]),
    ...costGates(runbook, plan),
    ...[
      ...runbook.gates.flatMap((gate, index) => declaredGates(gate, index, absolute)),
      ...manualGates(runbook),
    ].filter(({ kind }) => happensIn(plan.mode, kind)),
  ];
  const gates: Gate[] = [];
  const waivers: Waiver[] = [];
  for (const { isWaivable, ...gate } of candidates) {
    if (isWaivable && isIncident)
      waivers.push({ gate, why: 'an incident was declared, and the runbook says `unless: incident`' });
    else gates.push(gate);
  }
  return { gates, waivers };
}

/** Never waived: an alarm is no agreement of a person, and `unless: incident` is about the runbook's own gates. */
function startGate(start: string): Candidate {
  const why = `it was started by ${start}, and no person has agreed yet`;
  return { id: UNAPPROVED_START, before: 'restore', kind: 'approvals', approvals: 1, why, isWaivable: false };
}

function costGates({ limits }: Runbook, { costUsd }: Plan): Candidate[] {
  if (limits?.costUsd === undefined || costUsd <= limits.costUsd) return [];
  const why = `the recovery costs about ${costUsd.toFixed(2)} USD, above the limit of ${limits.costUsd} USD`;
  const isWaivable = limits.unless === 'incident';
  return [{ id: 'restore/cost', before: 'restore', kind: 'cost', approvals: 1, why, isWaivable }];
}

/** One entry of the runbook may hold several conditions: each is a gate. */
function declaredGates(gate: RunbookGate, index: number, absolute: (path: string) => string): Candidate[] {
  const { before, approvals, window, freezeFile } = gate;
  const isWaivable = gate.unless === 'incident';
  const id = (kind: string): string => `${before}/${kind}/${index + 1}`;
  const base = { before, isWaivable };
  return [
    ...(approvals === undefined
      ? []
      : [
          {
            ...base,
            id: id('approvals'),
            kind: 'approvals' as const,
            approvals,
            why: `the runbook requires ${approvals} ${approvals === 1 ? 'approval' : 'approvals'} before ${before}`,
          },
        ]),
    ...(window === undefined
      ? []
      : [
          {
            ...base,
            id: id('window'),
            kind: 'window' as const,
            approvals: 0,
            window,
            why: `${before} happens only ${window}`,
          },
        ]),
    ...(freezeFile === undefined
      ? []
      : [
          {
            ...base,
            id: id('freeze'),
            kind: 'freeze' as const,
            approvals: 0,
            file: absolute(freezeFile),
            why: `nothing passes before ${before} while ${freezeFile} exists`,
          },
        ]),
  ];
}

function manualGates({ manual }: Runbook): Candidate[] {
  return manual.map(({ name, instructions, before }, index) => ({
    id: `${before}/manual/${name ?? index + 1}`,
    before,
    kind: 'manual',
    approvals: 1,
    instructions,
    why: `a person does this by hand before ${before}`,
    isWaivable: false,
  }));
}
