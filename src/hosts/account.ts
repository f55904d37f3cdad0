import { createClients } from '../aws/clients.ts';
import { createExecutor } from '../aws/executor.ts';
import type { TimelineListener } from '../driver/base/ports.ts';
import { clientsFor, tagSettling } from '../driver/executor-clients.ts';
import type { DriverParts } from '../driver/parts.ts';
import { PacedCalls } from '../driver/requests/calls.ts';
import type { Journal } from '../journal/journal.ts';
import type { NoticeLog } from '../notices/notifier.ts';
import type { NoticeTarget } from '../runbook/schema.ts';
import { realClock } from './clock.ts';
import { openNotices, type Notices } from './notices.ts';
import { beforeEachRequest } from './ownership-check.ts';
import { verifierOf } from './verify-identity.ts';

/** Requests to AWS in flight at once: high enough that the token buckets are the limit, not the round trip. */
const CONCURRENCY = 8;

export interface AccountOptions {
  /** Opened with the run's lease. */
  readonly journal: Journal;
  readonly region: string;
  /** A role to act in, e.g. in another account. */
  readonly roleArn?: string | undefined;
  readonly log: NoticeLog;
  readonly onTimeline: TimelineListener;
  /** Options that a command needs to find the run, e.g. `--state /srv/dr`: notices suggest commands. */
  readonly commandOptions: readonly string[];
  /** Receive the notices of every run, in addition to the targets of its runbook. */
  readonly alsoNotify?: readonly NoticeTarget[];
}

export interface Account {
  readonly parts: Pick<
    DriverParts,
    'calls' | 'executor' | 'concurrency' | 'answersApprovals' | 'verify' | 'onTimeline'
  >;
  readonly notices: Notices;
  /** Closes the connections. */
  destroy(): void;
}

/** How a run reaches a real account and its people: the SDK's standard configuration. Sends nothing yet. */
export async function openAccount({
  journal,
  region,
  roleArn,
  log,
  onTimeline,
  commandOptions,
  alsoNotify = [],
}: AccountOptions): Promise<Account> {
  const { runId, runbook, mode, plan } = journal.record;
  const clients = await createClients(['ec2', 'rds', 'ssm'], { region, roleArn });
  for (const client of [clients.ec2, clients.rds, clients.ssm])
    beforeEachRequest(client, () => journal.assertOurs());
  const calls = new PacedCalls(journal, realClock);
  const notices = await openNotices({
    ...{ journal, log, env: process.env, commandOptions, alsoNotify },
    call: calls.call,
  });
  const executor = createExecutor({
    ...clientsFor(plan, clients),
    ...tagSettling(realClock),
    call: calls.call,
    ...{ runId, runbook, mode },
  });
  return {
    parts: {
      ...{ calls, executor, concurrency: CONCURRENCY, answersApprovals: false },
      verify: verifierOf(journal.record),
      onTimeline(entries) {
        onTimeline(entries);
        notices.onTimeline(entries);
      },
    },
    notices,
    destroy: () => clients.destroy(),
  };
}
