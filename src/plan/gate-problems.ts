import { advise, lifeboat } from '../advice.ts';
import { happensIn } from '../kinds/drill-rules.ts';
import { isOpen, opensAt, windowOf } from '../runbook/window.ts';
import { formatInstant } from '../time.ts';
import { listed } from './findings.ts';
import type { PlanInput } from './input.ts';
import type { PlanProblem } from './types.ts';

/** Waits of a restore that the forecast leaves out: change windows, approvals, manual steps. */
export function gateProblems({ runbook, mode, now }: PlanInput): readonly PlanProblem[] {
  const asking = [
    ...runbook.gates.filter(({ approvals }) => approvals !== undefined && happensIn(mode, 'approvals')),
    ...runbook.manual.filter(() => happensIn(mode, 'manual')),
  ];
  const phases = [...new Set(asking.map(({ before }) => before))];
  return [
    ...runbook.gates.flatMap((gate) => (happensIn(mode, 'window') ? closedWindow(gate, now) : [])),
    ...(phases.length === 0
      ? []
      : [
          {
            severity: 'info' as const,
            code: 'APPROVAL_NOT_FORECAST' as const,
            data: { phases },
            message: `Approvals or manual steps are needed before ${listed(phases)}: that time is not in the forecast.`,
            next: advise`Make sure approvers are available: ${lifeboat('approve', 'RUN')}.`,
          },
        ]),
  ];
}

function closedWindow(
  { window, before, unless }: PlanInput['runbook']['gates'][number],
  now: number,
): readonly PlanProblem[] {
  if (window === undefined || isOpen(windowOf(window), now)) return [];
  const opens = formatInstant(opensAt(windowOf(window), now));
  return [
    {
      severity: 'warning',
      code: 'WINDOW_CLOSED',
      data: { before, window, opensAt: opens },
      message: `The change window before ${before} (${window}) is closed and opens ${opens}: the wait is not in the forecast.`,
      next:
        unless === 'incident'
          ? 'Declare the incident with --incident-at: the runbook waives the window for one.'
          : 'Start in the window, or let the runbook waive it for an incident: unless: incident.',
    },
  ];
}
