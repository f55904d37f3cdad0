import { advise, lifeboat } from '../advice.ts';
import { tagsLeftOut } from '../tags.ts';
import { formatDuration, formatInstant } from '../time.ts';
import { whyNotTaken } from './choose.ts';
import type { Finding } from './findings.ts';
import { bySeverity, gather, listed } from './findings.ts';
import { gateProblems } from './gate-problems.ts';
import type { PlanInput } from './input.ts';
import type { Outcome } from './outcome.ts';
import type { PointPolicy } from '../kinds/recovery-points.ts';
import { ageSeconds } from '../kinds/recovery-points.ts';
import type { ResourceSubject } from './subjects.ts';
import { timeProblems } from './time-problems.ts';
import type { Offer } from '../kinds/strategy.ts';
import type { PlannedStrategy, PlanProblem, ProblemData, RecoveryPoint } from './types.ts';

/** What an operator should know before starting, errors first. */
export function problemsOf(outcome: Outcome): readonly PlanProblem[] {
  const findings = outcome.subjects.flatMap((subject, at) => [
    ...subject.findings,
    ...recoverability(outcome, subject, at),
  ]);
  return bySeverity([
    ...missingSources(outcome.input),
    ...gather(findings),
    ...timeProblems(outcome),
    ...runProblems(outcome),
  ]);
}

function missingSources(input: PlanInput): readonly PlanProblem[] {
  return input.missing.map(({ resource, message }) => ({
    severity: 'error',
    code: 'UNKNOWN_SOURCE',
    resource,
    data: {},
    message: `${resource}: ${message}`,
    next: 'Correct the source in the runbook, or give an inventory that still contains it: --baseline FILE.',
  }));
}

function recoverability(outcome: Outcome, subject: ResourceSubject, at: number): readonly Finding[] {
  const strategy = outcome.evaluation.chosen[at]?.strategy;
  const about = { runbookId: subject.runbookId, resource: subject.id, weight: 0 };
  if (strategy === undefined) return [unrecoverable(outcome, subject, at)];
  const findings: Finding[] = [];
  if (outcome.evaluation.slots[at] === undefined) findings.push(neverStarts(outcome, subject));
  const { recoveryPoint } = strategy;
  const newer = newestUsable(outcome, subject, at, strategy);
  const rpoSeconds = outcome.input.runbook.objectives.rpo;
  if (recoveryPoint.ageSeconds > rpoSeconds) {
    findings.push({
      ...about,
      severity: 'warning',
      code: 'RPO_MISSED',
      data: { lossSeconds: recoveryPoint.ageSeconds, rpoSeconds, recoveryPoint: recoveryPoint.id },
      weight: recoveryPoint.ageSeconds,
      text:
        `would lose ${formatDuration(recoveryPoint.ageSeconds)} of data: ${recoveryPoint.id} is the newest usable ` +
        `recovery point${newer === undefined ? '' : ` of ${strategy.name}`}; the objective is ${formatDuration(rpoSeconds)}.`,
      next:
        newer?.next ??
        'Look for a newer copy (another Region, a replica, AWS Backup), or agree with the owner to lose that much.',
    });
  }
  findings.push(...(subject.findingsOn?.(strategy) ?? []).map((finding) => ({ ...about, ...finding })));
  const leftOut = tagsLeftOut(strategy.spec.tags);
  if (leftOut.length > 0) {
    findings.push({
      ...about,
      severity: 'warning',
      code: 'TAGS_LEFT_OUT',
      data: { tags: leftOut },
      weight: leftOut.length,
      text: `has source tags that are dropped because the result would exceed AWS's 50-tag limit: ${listed(leftOut)}.`,
      next: 'Add them by hand after the recovery, or remove unneeded tags from the source.',
    });
  }
  const loss =
    newer ?? newestPassedOver(subject, strategy, outcome.policy) ?? olderThanAsked(strategy, outcome.policy);
  if (loss !== undefined)
    findings.push({ ...about, severity: 'info', code: 'OLDER_RECOVERY_POINT', ...loss });
  return findings;
}

/** The data lost because a newer copy exists but cannot be used. */
function newestPassedOver(
  subject: ResourceSubject,
  strategy: PlannedStrategy,
  policy: PointPolicy,
): Loss | undefined {
  const [newest] = subject.excluded;
  const { recoveryPoint } = strategy;
  if (newest === undefined || strategy.name === 'point-in-time' || newest.at <= recoveryPoint.at) {
    return undefined;
  }
  const costSeconds = recoveryPoint.ageSeconds - ageSeconds(newest.at, policy);
  return {
    weight: costSeconds,
    data: { ...lossOf(recoveryPoint, costSeconds), newest: newest.id, reason: newest.reason },
    text:
      `is recovered from ${recoveryPoint.id} of ${formatInstant(recoveryPoint.at)}: the newest, ${newest.id} of ` +
      `${formatInstant(newest.at)}, is passed over (${newest.reason}). That costs ${formatDuration(costSeconds)} of data.`,
    next: 'Nothing, if the reason still applies; otherwise make that copy usable and plan again.',
  };
}

/** Data that is lost although newer data exists. */
type Loss = Pick<Finding, 'text' | 'data' | 'next' | 'weight'>;

function lossOf({ id, at }: RecoveryPoint, costSeconds: number): ProblemData {
  return { recoveryPoint: id, recoveryPointAt: formatInstant(at), lossSeconds: costSeconds };
}

/** The data lost because of the choice of strategy: another one would lose less. */
function newestUsable(
  outcome: Outcome,
  subject: ResourceSubject,
  at: number,
  { name, recoveryPoint }: PlannedStrategy,
): Loss | undefined {
  const preferences = subject.listed;
  const feasible = (outcome.evaluation.proposals[at] ?? []).filter(
    // A drill rehearses the loss of its source, which is there all the same.
    (proposal): proposal is Offer =>
      proposal.feasible && !(outcome.input.mode === 'drill' && proposal.onlyListed !== undefined),
  );
  const offered = feasible.reduce<Offer | undefined>((best, other) => {
    const since = best?.planned.recoveryPoint ?? recoveryPoint;
    return other.planned.recoveryPoint.at > since.at ? other : best;
  }, undefined);
  if (offered === undefined) return undefined;
  const newest = offered.planned;
  const costSeconds = recoveryPoint.ageSeconds - newest.recoveryPoint.ageSeconds;
  if (costSeconds <= 0) return undefined;
  const why =
    preferences === undefined
      ? (whyNotTaken(subject, offered) ?? 'auto takes the strategy that is ready first within the RPO')
      : preferences.includes(newest.name)
        ? `the runbook prefers ${name}`
        : `the runbook does not list ${newest.name}`;
  return {
    weight: costSeconds,
    data: { ...lossOf(recoveryPoint, costSeconds), strategy: name, newestStrategy: newest.name },
    text:
      `is recovered by ${name} from ${recoveryPoint.id} of ${formatInstant(recoveryPoint.at)}; ${newest.name} ` +
      `could restore it to ${formatInstant(newest.recoveryPoint.at)} (${why}). That costs ${formatDuration(costSeconds)} of data.`,
    next: advise`To lose less, put ${newest.name} first in its strategies; ${lifeboat('plan')} shows what that takes.`,
  };
}

/** The logs end before the requested instant. */
function olderThanAsked({ name, recoveryPoint }: PlannedStrategy, policy: PointPolicy): Loss | undefined {
  if (name !== 'point-in-time' || policy.policy !== 'at' || policy.at === undefined) return undefined;
  const costSeconds = recoveryPoint.ageSeconds - ageSeconds(policy.at, policy);
  if (costSeconds < 1) return undefined;
  return {
    weight: costSeconds,
    data: { ...lossOf(recoveryPoint, costSeconds), recoverTo: formatInstant(policy.at) },
    text:
      `is recovered to ${formatInstant(recoveryPoint.at)}, its latest restorable time, not to ${formatInstant(policy.at)}, ` +
      `the instant to recover to. That costs ${formatDuration(costSeconds)} of data.`,
    next: 'Nothing; while the source is running, its latest restorable time advances every five minutes.',
  };
}

function unrecoverable(outcome: Outcome, subject: ResourceSubject, at: number): Finding {
  const about = { runbookId: subject.runbookId, resource: subject.id, severity: 'error', weight: 0 } as const;
  if (!subject.hasPoint) {
    return {
      ...about,
      code: 'NO_RECOVERY_POINT',
      data: { excluded: subject.excluded.map(({ id }) => id) },
      text: `has no usable recovery point: ${whyNoPoint(subject)}.`,
      next: 'Make one of these copies usable, find one in another Region or AWS Backup, or relax the policy with --recover-to.',
    };
  }
  const proposals = outcome.evaluation.proposals[at] ?? [];
  const whys = proposals.flatMap((proposal) =>
    proposal.feasible || subject.listed?.includes(proposal.strategy) === false
      ? []
      : [`${proposal.strategy}: ${proposal.why}`],
  );
  return {
    ...about,
    code: 'NO_FEASIBLE_STRATEGY',
    data: {
      strategies: proposals.flatMap((proposal) => (proposal.feasible ? [] : [proposal.strategy])),
    },
    text: `cannot be recovered by any strategy that the runbook allows: ${whys.join('; ')}.`,
    next:
      subject.listed === undefined || !proposals.some(({ feasible }) => feasible)
        ? 'Remove one of these obstacles, then plan again.'
        : advise`Add a feasible strategy to its list, or use [auto]; ${lifeboat('plan')} shows the alternatives.`,
  };
}

function whyNoPoint({ excluded, unread }: ResourceSubject): string {
  if (excluded.length === 0) {
    return unread === undefined ? 'no copy of it is known' : `no copy of it is known: ${unread}`;
  }
  return listed(
    excluded.map(({ id, reason }) => `${id} (${reason})`),
    3,
  );
}

function neverStarts(outcome: Outcome, subject: ResourceSubject): Finding {
  const about = { runbookId: subject.runbookId, resource: subject.id, severity: 'error', weight: 0 } as const;
  const scheduled = new Set(outcome.evaluation.slots.map((slot) => slot?.id));
  const blockers = subject.dependsOn.filter((id) => !scheduled.has(id));
  if (blockers.length > 0) {
    return {
      ...about,
      code: 'DEPENDENCY_UNRECOVERABLE',
      data: { dependencies: blockers },
      text: `depends on ${listed(blockers)}, which this plan cannot recover.`,
      next: 'Make the dependency recoverable first; or remove it from dependsOn if the resource can start without it.',
    };
  }
  return {
    ...about,
    code: 'QUOTA_EXHAUSTED',
    data: {},
    text: 'can never start: resources before it use up a quota and never release it.',
    next: 'Raise the quota that quotaIncreases names, or delete existing resources that count against it.',
  };
}

function runProblems({ input, costUsd }: Outcome): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  const limitUsd = input.runbook.limits?.costUsd;
  if (limitUsd !== undefined && costUsd > limitUsd) {
    problems.push({
      severity: 'warning',
      code: 'COST_ABOVE_LIMIT',
      data: { costUsd, limitUsd },
      message: `The recovery itself would cost about ${costUsd.toFixed(2)} USD; the runbook's limit is ${limitUsd} USD.`,
      next:
        input.runbook.limits?.unless === 'incident'
          ? 'An operator must approve it when the run asks, unless an incident is declared (--incident-at); or raise limits.costUsd.'
          : 'An operator must approve it when the run asks; or raise limits.costUsd.',
    });
  }
  problems.push(...gateProblems(input));
  for (const part of input.notExercised) {
    problems.push({
      severity: 'info',
      code: 'NOT_EXERCISED',
      data: { part },
      message: `Not exercised: ${part}.`,
      next: 'This run does not prove that it works.',
    });
  }
  return problems;
}
