import { exitCodeOfRun } from '../../../src/cli/run/drive.ts';
import { exitCodeOf } from '../../../src/cli/session/exit-codes.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import type { ObjectiveResult } from '../../../src/objectives/objectives.ts';
import type { RunStatus } from '../../../src/report/model/outcome.ts';

test.each<[ErrorCode, number]>([
  ['USAGE', 2],
  ['FILE_UNREADABLE', 2],
  ['FILE_TOO_LARGE', 2],
  ['INVALID_DOCUMENT', 2],
  ['INVALID_RUNBOOK', 2],
  ['INVALID_INVENTORY', 2],
  ['NOT_YET_SUPPORTED', 5],
  ['QUESTION_UNANSWERED', 2],
  ['QUESTION_DECLINED', 130],
  ['UNKNOWN_RESOURCE', 5],
  ['NO_FEASIBLE_PLAN', 5],
  ['RUN_NOT_FOUND', 2],
  ['RUN_IS_DRIVEN', 1],
  ['RUN_NOT_POSSIBLE', 1],
  ['CLEANUP_REFUSED', 4],
  ['JOURNAL_DAMAGED', 2],
  ['JOURNAL_TOO_NEW', 2],
  ['JOURNAL_UNWRITABLE', 1],
  ['AWS_CREDENTIALS', 1],
  ['AWS_UNREACHABLE', 1],
])('%s ends with %i', (code, expected) => {
  expect(exitCodeOf(code)).toBe(expected);
});

const met: ObjectiveResult = { objectiveSeconds: 10, actualSeconds: 5, met: true };
const missed: ObjectiveResult = { objectiveSeconds: 10, actualSeconds: 15, met: false };
const unmeasured: ObjectiveResult = { objectiveSeconds: 10, actualSeconds: null, met: null };

const NO_BACKFILL = { exercised: false, reason: 'No backfill was part of this run.' } as const;

test.each<[string, RunStatus, ObjectiveResult, ObjectiveResult, number]>([
  ['every objective met', 'completed', met, unmeasured, 0],
  ['an objective missed', 'completed', missed, met, 3],
  ['data complete too late', 'completed', met, missed, 3],
  ['failed, although every objective was met', 'failed', met, met, 1],
  ['aborted', 'aborted', met, met, 130],
  ['halted', 'halted', missed, met, 4],
  ['paused', 'paused', met, met, 4],
  ['waiting', 'running', met, met, 4],
])('a run with %s', (_, status, rto, dataComplete, expected) => {
  expect(exitCodeOfRun({ status, objectives: { rto, rpo: met, dataComplete }, backfill: NO_BACKFILL })).toBe(
    expected,
  );
});
