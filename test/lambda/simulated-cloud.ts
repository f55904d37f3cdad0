import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { Backfill } from '../../src/driver/fleet/backfiller.ts';
import { createExecutor } from '../../src/aws/executor.ts';
import type { Clock } from '../../src/driver/base/ports.ts';
import { clientsFor, tagSettling } from '../../src/driver/executor-clients.ts';
import { oneAtATime, PacedCalls } from '../../src/driver/requests/calls.ts';
import { LifeboatError } from '../../src/errors.ts';
import { BUDGET, type Budget } from '../../src/hosts/lambda/durable/budget.ts';
import type { Cloud, RunAccount } from '../../src/hosts/lambda/durable/cloud.ts';
import { execute } from '../../src/hosts/lambda/durable/execution.ts';
import type { BeginRun, RunRequest } from '../../src/hosts/lambda/requests.ts';
import type { Journal, RunRecord } from '../../src/journal/journal.ts';
import type { Channel } from '../../src/notices/channel.ts';
import { createNotifier, type Notifier } from '../../src/notices/notifier.ts';
import type { Plan } from '../../src/plan/types.ts';
import { MINUTE_MS } from '../../src/time.ts';
import { openWorld, SimulatedClock, type World, type WorldSnapshot } from '../../src/simulator/index.ts';
import type { Faults, RehearsalOptions, Scenario } from '../hosts/support.ts';
import { planOf, recordOf } from '../hosts/support.ts';
import { LogStore } from '../journal/log/log-store.ts';
import { Table } from '../journal/log/table.ts';
import { MemoryWakes } from '../journal/log/wakes.ts';
import { effectsBeforeJournal } from '../simulation/checkers/effects-before-journal.ts';
import type { Outcome } from '../simulation/outcome.ts';
import { buildReport, type Report } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { clientOf, type Sandbox } from './durable/sandbox.ts';
import { guardedStore, ProcessConnection, type Machine, type Runs } from './guarded-store.ts';
import { DurableService, type ServiceOptions } from './durable/service.ts';
import { VirtualProcess, VirtualTime } from './durable/virtual-time.ts';

export interface CloudOptions extends RehearsalOptions {
  readonly faults?: Faults;
  readonly service?: ServiceOptions;
  readonly budget?: Budget;
  readonly change?: (record: RunRecord) => RunRecord;
  /** Opens the journals for one process; absent: in memory. */
  readonly runs?: (clock: Clock) => Runs;
  /** No checker looks into the journal on the way, which would cost. */
  readonly isMeasured?: boolean;
  /** The request is refused, because of this. */
  readonly refuses?: LifeboatError;
  /** Receive the notices of the run. */
  readonly channels?: readonly Channel[];
  /** The backfill of the run in a process. */
  readonly openBackfill?: () => Backfill;
  /** Fails calls of the store, commits, the beginning or the evidence: throttles, for example. */
  readonly storeFails?: (call: string) => Error | undefined;
}

export const VERSION_1 = 'arn:aws:lambda:us-east-1:111111111111:function:lifeboat-drill:1';

/** A deployment in virtual time: the durable function on a service of durable executions, on simulated AWS, with a journal in memory. */
export class SimulatedCloud {
  readonly time: VirtualTime;
  readonly service: DurableService;
  readonly world: World;
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly table = new Table();
  readonly wakes = new MemoryWakes();
  /** Documents by key, with all their versions. */
  readonly evidence = new Map<string, string[]>();
  readonly told: { readonly subject: string; readonly text: string }[] = [];
  /** Lines of metrics, parsed. */
  readonly metrics: Readonly<Record<string, unknown>>[] = [];
  readonly codes: string[] = [];
  /** Called with each request that the simulated account gets. */
  onCall: (operation: string) => void = () => undefined;
  readonly #options: CloudOptions;
  /** The test itself: while it computes, time stands still. */
  readonly #director: VirtualProcess;
  /** Reads from outside of all processes. */
  readonly #outside: Runs;
  readonly #scenario: Scenario;
  readonly #before: WorldSnapshot;
  readonly #unjournalled: string[] = [];

  constructor(scenario: Scenario, options: CloudOptions = {}) {
    const { mode = 'drill', seed = 1, faults = 'none', change = (record) => record } = options;
    this.#options = options;
    this.plan = planOf(scenario, mode, options.incidentAt);
    this.record = change(recordOf(scenario, this.plan, { ...options, mode }));
    this.time = new VirtualTime(this.plan.plannedAt);
    this.#director = new VirtualProcess(this.time);
    this.#outside = this.#runsOf(this.#director, () => true);
    const { time } = this;
    const clock = new (class extends SimulatedClock {
      override now(): number {
        return time.now;
      }
    })(time.now);
    this.world = openWorld({ path: ':memory:', inventory: scenario.inventory, seed, faults, clock });
    this.#scenario = scenario;
    this.#before = this.world.snapshotOf();
    this.service = new DurableService(this.time, options.service);
    this.deploy(VERSION_1);
  }

  get runId(): string {
    return this.record.runId;
  }

  /** Deploys the code under a qualified ARN. `machineVersion`: as if it were code with other machines, which sees the runs of all others as such. */
  deploy(functionArn: string, { machineVersion }: { readonly machineVersion?: number } = {}): void {
    this.service.deploy(functionArn, (sandbox) => {
      const cloud = this.cloudOf(sandbox, machineVersion);
      return withDurableExecution(
        async (request: RunRequest, context) =>
          execute(request, context, cloud, this.#options.budget ?? BUDGET),
        { durableExecutionClient: clientOf(sandbox, this.service.client) },
      );
    });
  }

  /** Starts the run, and lets time pass until no execution is open. */
  async run(): Promise<void> {
    this.begin();
    await this.untilIdle();
  }

  /** Lets time pass. Otherwise it stands still: what a test does takes none. */
  async sleep(ms: number): Promise<void> {
    await this.#director.sleepUntil(this.time.now + ms);
  }

  /** Lets time pass until no execution is open. */
  async untilIdle(): Promise<void> {
    await this.whileTimePasses(this.service.untilIdle());
  }

  /** Lets time pass until `work` is done. */
  async whileTimePasses<T>(work: Promise<T>): Promise<T> {
    this.time.rest();
    try {
      return await work;
    } finally {
      this.time.rouse();
    }
  }

  /** Plays an operator who resumes a run that is paused or halted, three times, then aborts it. Returns when no execution is open. */
  async untilEnded(): Promise<void> {
    let resumes = 0;
    while (this.service.executions.some(({ isOpen }) => isOpen)) {
      await this.sleep(20 * MINUTE_MS);
      const { view } = await this.outcome();
      if (!view.paused && view.phase !== 'halted') continue;
      resumes += 1;
      await this.signal(resumes > 3 ? 'abort' : 'resume');
    }
    await this.untilIdle();
  }

  begin(): void {
    this.service.start(VERSION_1, this.runId, this.request());
  }

  request(): BeginRun {
    const { runId, runbook, mode, plan } = this.record;
    return { kind: 'begin', runId, runbook, mode, at: plan.plannedAt, by: 'tester', asksApproval: false };
  }

  /** Stops the first sandbox before its `at`-th call from now on, until it is released. */
  holdAt(at: number): ReturnType<Sandbox['holdAt']> {
    const [sandbox] = this.service.sandboxes;
    if (sandbox === undefined) throw new Error('no sandbox has been started');
    return sandbox.holdAt(at);
  }

  /** Lets time pass while a process of an operator's machine works. */
  async onLaptop<T>(work: (process: VirtualProcess, store: Runs) => Promise<T>): Promise<T> {
    const process = new VirtualProcess(this.time);
    const store = this.#runsOf(process, () => true);
    return this.whileTimePasses(process.run(() => work(process, store)));
  }

  /** The store of one process. In memory the record is one chunk: it is read in every slice. */
  #runsOf(clock: Clock, isAlive: () => boolean): Runs {
    const sleep = (ms: number): Promise<void> => clock.sleepUntil(clock.now() + ms);
    const { runs } = this.#options;
    if (runs !== undefined) return runs(clock);
    return new LogStore(new ProcessConnection(this.table, sleep, isAlive), () => clock.now(), 65_536);
  }

  /** Everything about the run that the checkers of `test/simulation` look at. */
  async outcome(): Promise<Outcome> {
    return this.read(async (journal) => {
      const view = viewRun(journal.record, await journal.load());
      const timeline = await journal.timeline();
      const { mode, runId, plan } = this.record;
      const crashes = this.service.sandboxes.reduce((sum, { stops }) => sum + stops, 0);
      const after = this.world.snapshotOf();
      const report = buildReport(view, timeline, await journal.apiCalls());
      return {
        ...{ seed: 1, scenario: { ...this.#scenario, mode }, plan, runId, view, timeline, crashes, after },
        end: { phase: view.phase, paused: false, waitsFor: [] },
        report: { ...report, apiCalls: withoutUnsent(report.apiCalls, after, crashes) },
        drives: this.service.invocations.length,
        before: this.#before,
        downtimes: [],
        unjournalled: this.#unjournalled,
      };
    });
  }

  /** Reads the journal from outside of all processes. */
  async read<T>(use: (journal: Journal) => Promise<T>): Promise<T> {
    const journal = await this.#outside.open(this.runId);
    return use(journal).finally(() => journal.close());
  }

  /** Sends a signal as the command does: writes it, then ends the run's wait unless `isLost`. */
  async signal(
    kind: 'approve' | 'pause' | 'resume' | 'abort',
    { isLost = false, meant = '' } = {},
  ): Promise<void> {
    await this.read((journal) =>
      journal.signal({ at: this.time.now, kind, by: 'ann', ...(meant !== '' && { meant }) }),
    );
    const wake = await this.wakes.wakeOf(this.runId);
    if (isLost || wake === undefined) return;
    try {
      this.service.completeCallback(wake.callbackId);
    } catch {
      // Of an execution that has ended: the run looks by itself.
    }
  }

  /** What the code in one sandbox sees of the outside. */
  cloudOf(sandbox: Machine, machineVersion?: number): Cloud {
    const runs = this.#runsOf(sandbox.clock, () => sandbox.isLively);
    return {
      store: guardedStore(sandbox, runs, this.wakes, {
        fails: this.#options.storeFails,
        machineVersion,
      }),
      clock: sandbox.clock,
      log: {
        info: (fields) => void this.codes.push((fields as { code?: string }).code ?? ''),
        warn: () => undefined,
        error: () => undefined,
      },
      print: (line) => void this.metrics.push(JSON.parse(line) as Record<string, unknown>),
      account: (journal) => this.accountOf(sandbox.clock, journal, (call) => sandbox.guard(call)),
      begin: (request, functionArn) =>
        sandbox.guard(async () => {
          const { refuses, storeFails } = this.#options;
          const error = storeFails?.('begin');
          if (error !== undefined) throw error;
          return refuses === undefined ? this.#begin(runs, request, functionArn) : { refused: refuses };
        }),
      keepEvidence: (key, text) =>
        sandbox.guard(async () => {
          const error = this.#options.storeFails?.('evidence');
          if (error !== undefined) throw error;
          this.evidence.set(key, [...(this.evidence.get(key) ?? []), text]);
        }),
      startExecution: (functionArn, name, request) =>
        sandbox.guard(async () => void this.service.start(functionArn, name, request)),
      tell: (subject, text) => sandbox.guard(async () => void this.told.push({ subject, text })),
      commandOptions: ['--journal', 'dynamodb://lifeboat'],
    };
  }

  async #begin(runs: Runs, request: BeginRun, functionArn: string): Promise<{ readonly runId: string }> {
    const { runId, runbook } = this.record;
    const record = (): RunRecord => ({ function: functionArn, ...this.record });
    try {
      await runs.create({
        runId,
        runbook,
        at: request.at,
        isShared: true,
        record,
      });
    } catch (error) {
      if (!(error instanceof LifeboatError) || error.code !== 'JOURNAL_CONFLICT') throw error;
    }
    return { runId };
  }

  /** One attempt at each notice that is due: what has to wait is left to the next slice. */
  #noticesOf(clock: Clock, journal: Journal): Notifier {
    const { runId, mode, plan } = journal.record;
    const { incidentAt, objectives } = plan;
    const run = { runId, mode, incidentAt, rtoSeconds: objectives.rtoSeconds, commandOptions: [] };
    return createNotifier({
      ...{ journal, channels: this.#options.channels ?? [], run: { ...run, isSimulated: true } },
      log: { warn: () => undefined },
      now: () => clock.now(),
      pause: (_, stop) =>
        new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true })),
    });
  }

  /** What acts on the simulated account, for one process. */
  async accountOf(
    clock: Clock,
    journal: Journal,
    guard: Sandbox['guard'] = (call) => call(),
  ): Promise<RunAccount> {
    const { plan, runId, runbook, mode, options } = journal.record;
    const { isMeasured = false } = this.#options;
    const calls = new PacedCalls(journal, clock);
    const call = oneAtATime(calls.call);
    // Another process: a repeated request meets the same chance as before.
    this.world.reconnect();
    const executor = createExecutor({
      ...clientsFor(plan, this.world),
      ...tagSettling(clock),
      call: (operation, send) =>
        call(operation, () =>
          guard(async () => {
            // As the middleware of real clients does, right before a request is sent.
            await journal.assertOurs();
            this.onCall(operation);
            return send();
          }),
        ),
      ...{ runId, runbook, mode },
    });
    const notices = this.#noticesOf(clock, journal);
    const backfill = this.#options.openBackfill?.();
    return {
      parts: {
        ...(backfill !== undefined && { backfill }),
        executor: isMeasured ? executor : effectsBeforeJournal(executor, journal, this.#unjournalled),
        ...{ calls, concurrency: 1, answersApprovals: options.yes },
        frozenBy: async () => [],
        onTimeline: (entries) => notices.onTimeline(entries),
      },
      async close() {
        await backfill?.stop();
        await notices.flush(0);
      },
    };
  }
}

/** A request is counted before it is sent: a process that is stopped in between has counted one that AWS never got. */
function withoutUnsent(
  apiCalls: Report['apiCalls'],
  { calls }: WorldSnapshot,
  stops: number,
): Report['apiCalls'] {
  const sent = calls.reduce((sum, { total }) => sum + total, 0);
  const unsent = apiCalls.total - sent;
  return unsent > 0 && unsent <= stops ? { ...apiCalls, total: sent } : apiCalls;
}
