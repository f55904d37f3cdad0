import type { freeGeneration } from '../../../src/cli/cloud/executions.ts';
import type { countEnd } from '../../../src/hosts/lambda/durable/evidence.ts';
import type { reportPassedOver } from '../../../src/hosts/lambda/reporting.ts';
import type { askedBy } from '../../../src/hosts/lambda/start-request.ts';
import type { idFor } from '../../../src/journal/run-ids.ts';
import type { refuseClaimed, refuseUnfinished } from '../../../src/preparation/other-runs.ts';
import type { lastDrillDue } from '../../../src/runbook/drill-due.ts';
import type { gatesOf } from '../../../src/workflow/recovery/gates.ts';
import { variant, type Variant } from '../variant.ts';

const START = 'test/hosts/lambda/start.test.ts';
const BEGIN = 'test/hosts/lambda/begin.test.ts';

/** Runs that begin without an operator at a terminal. */
export const cloud: readonly Variant[] = [
  variant<typeof gatesOf>({
    name: 'a-triggered-restore-asks-nobody',
    breaks: 'A restore that no person has agreed to waits for an approval before it creates anything.',
    seam: 'gatesOf',
    how:
      (gatesOf) =>
      (runbook, plan, { isIncident, absolute }) =>
        gatesOf(runbook, plan, { isIncident, absolute }),
    tests: [{ path: BEGIN, name: 'its approval' }],
  }),
  variant<typeof askedBy>({
    name: 'a-trigger-is-an-approval',
    breaks: 'A restore that an alarm or event starts asks for an approval unless its runbook says otherwise.',
    seam: 'askedBy',
    how:
      (askedBy) =>
      (...given) => {
        const { run, ...rest } = askedBy(...given);
        return { ...rest, run: { ...run, asksApproval: false } };
      },
    tests: [{ path: START, name: 'asks for an approval' }],
  }),
  variant<typeof askedBy>({
    name: 'a-stale-alarm-starts-a-restore',
    breaks: 'An alarm of more than an hour ago starts no restore.',
    seam: 'askedBy',
    how: (askedBy) => (message, requestId, now) => {
      const { run, trigger } = askedBy(message, requestId, now);
      return { run, ...(trigger !== undefined && { trigger: { ...trigger, happenedAt: now } }) };
    },
    tests: [{ path: START, name: 'more than an hour ago' }],
  }),
  variant<typeof idFor>({
    name: 'each-delivery-of-a-trigger-starts-a-run',
    breaks: 'A repeated delivery of a schedule, an alarm or an event starts one run.',
    seam: 'idFor',
    how: (idFor) => {
      let deliveries = 0;
      return (runbook, at, cause) => idFor(runbook, at, `${cause} ${(deliveries += 1)}`);
    },
    tests: [{ path: START, name: 'a repeated delivery' }],
  }),
  variant<typeof refuseUnfinished>({
    name: 'a-run-begins-beside-one-in-the-journal',
    breaks:
      'No drill begins while another run of the runbook is in the journal and has not ended, and no restore beside a restore.',
    seam: 'refuseUnfinished',
    how: () => () => Promise.resolve(),
    tests: [{ path: BEGIN, name: 'that is in the journal' }],
  }),
  variant<typeof refuseClaimed>({
    name: 'a-run-begins-beside-one-that-marks-the-account',
    breaks: 'No drill begins while another run marks the account, and no restore beside a restore.',
    seam: 'refuseClaimed',
    how: () => () => Promise.resolve(),
    tests: [{ path: BEGIN, name: 'that marks the account' }],
  }),
  variant<typeof reportPassedOver>({
    name: 'an-older-runbook-is-used-silently',
    breaks: 'People are told when the newest version of a runbook cannot be used.',
    seam: 'reportPassedOver',
    how: () => () => Promise.resolve(),
    tests: [{ path: BEGIN, name: 'gives way to its last good version' }],
  }),
  variant<typeof lastDrillDue>({
    name: 'no-drill-is-ever-overdue',
    breaks: 'A drill that was due and has not ended well is overdue.',
    seam: 'lastDrillDue',
    how: () => () => undefined,
    tests: [{ path: 'test/hosts/lambda/check.test.ts', name: 'overdue' }],
  }),
  variant<typeof freeGeneration>({
    name: 'resume-in-the-cloud-uses-a-name-that-is-used-up',
    breaks: 'A run whose last executions failed before they drove it is continued by the next one.',
    seam: 'freeGeneration',
    how: () => async (_cloud, _function, _runId, least) => least,
    tests: [{ path: 'test/cli/cloud/hand-back.test.ts', name: 'a name that is free' }],
  }),
  variant<typeof countEnd>({
    name: 'a-run-is-counted-with-its-evidence-only',
    breaks: 'A run that has ended is counted although its report cannot be kept.',
    seam: 'countEnd',
    how: () => () => Promise.resolve(),
    tests: [{ path: 'test/lambda/troubles.test.ts', name: 'evidence cannot be kept' }],
  }),
];
