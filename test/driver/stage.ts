import { beginRun } from '../../src/driver/begin.ts';
import { drive } from '../../src/driver/drive.ts';
import { Driver } from '../../src/driver/driver.ts';
import type { DriverParts } from '../../src/driver/parts.ts';
import type { Clock, DriveEnd } from '../../src/driver/base/ports.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import type { SignalKind } from '../../src/journal/journal.ts';
import type { SqliteJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { Instant } from '../../src/time.ts';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';
import {
  type Operate,
  requestOf,
  type Answer,
  type Claim,
  type Effect,
  type Failure,
  type FailureClass,
} from '../../src/workflow/base/effects.ts';
import { ObservationFailure, type Executor } from '../../src/workflow/base/executor.ts';
import type { Sighting, Watch } from '../../src/workflow/base/sightings.ts';
import { NEVER, planOf, recordOf, type Scenario } from '../hosts/support.ts';
import { made } from '../things.ts';

export const T0 = Date.parse('2026-11-20T03:00:00Z');
export const minutes = (count: number): number => count * 60_000;

/** No clock sleeps longer at a stretch: a jump would not be noticed. */
const LONGEST_SLEEP_MS = 60_000;

/** A clock that a test moves: sleeping moves it on at once, `jump` is what a wrong clock does. */
export class FakeClock implements Clock {
  /** Time that has really passed. */
  elapsed = 0;
  #offset = T0;
  /** Called before each sleep. */
  onSleep: () => void = () => undefined;

  now(): Instant {
    return this.#offset + this.elapsed;
  }

  passed(): number {
    return this.elapsed;
  }

  jump(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  async sleepUntil(at: Instant, wake?: AbortSignal): Promise<void> {
    this.onSleep();
    if (this.elapsed > minutes(100 * 60)) throw new Error('the run does not end');
    if (wake?.aborted !== true) this.elapsed += Math.min(LONGEST_SLEEP_MS, Math.max(0, at - this.now()));
    await Promise.resolve();
  }
}

interface FakeVolume {
  readonly id: string;
  readonly token: string;
  readonly madeAt: number;
  isDeleted: boolean;
}

/** What a test may have go wrong; `undefined` when all is well. */
export interface Troubles {
  perform?: (effect: Effect) => FailureClass | undefined;
  observe?: (watch: Watch) => FailureClass | undefined;
  /** Volumes that this read does not show. */
  hides?: (id: string) => boolean;
  /** Volumes that stay in `creating`. */
  isCreating?: (id: string) => boolean;
  /** Volumes that sweeps do not find by their tag. */
  hidesFromSweep?: (id: string) => boolean;
  /** Hydration of a volume `milliseconds` old, 0 to 100. */
  progress?: (milliseconds: number) => number;
}

const AVAILABLE_AFTER_MS = 20_000;
const HYDRATED_AFTER_MS = minutes(6);

/** AWS as one small account: volumes only. An Executor of the test's own, by the contract of the port. */
export class FakeAws implements Executor {
  readonly volumes: FakeVolume[] = [];
  readonly performed: Effect[] = [];
  looks = 0;
  troubles: Troubles = {};
  /** Whose the runbook is. */
  holder: () => Claim | undefined = () => undefined;
  pointState: () => 'pending' | 'completed' = () => 'completed';
  /** Turns of the event loop that an answer takes. */
  slowness = 0;
  readonly inFlight = new Set<string>();
  mostInFlight = 0;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get alive(): readonly string[] {
    return this.volumes.filter(({ isDeleted }) => !isDeleted).map(({ id }) => id);
  }

  /** How many requests of an operation or type. */
  count(request: string): number {
    return this.performed.filter((effect) => requestOf(effect) === request).length;
  }

  batchOf(): undefined {
    return undefined;
  }

  async perform(effects: readonly Effect[]): Promise<readonly Answer[]> {
    for (const { id } of effects) {
      if (this.inFlight.has(id)) throw new Error(`${id} is sent twice at once`);
      this.inFlight.add(id);
    }
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight.size);
    for (let turn = 0; turn < this.slowness; turn += 1) await Promise.resolve();
    this.performed.push(...effects);
    const answers = effects.map((effect) => this.#answer(effect));
    for (const { id } of effects) this.inFlight.delete(id);
    return answers;
  }

  async observe(watch: Watch): Promise<readonly Sighting[]> {
    const ids = (type: string) => watch.things.flatMap((thing) => (thing.type === type ? [thing.id] : []));
    const points = ids('snapshot').map((id): Sighting => ({
      type: 'snapshot',
      id,
      status: this.pointState(),
    }));
    if (watch.claim !== undefined) {
      const holder = this.holder();
      points.push({ type: 'claim', ...(holder !== undefined && { holder }) });
    }
    const watched = new Set(ids('volume'));
    if (watched.size === 0) return points;
    this.looks += 1;
    const name = this.troubles.observe?.(watch);
    if (name !== undefined) throw new ObservationFailure(failureOf(name));
    const { progress = (age: number) => Math.min(100, Math.floor((age / HYDRATED_AFTER_MS) * 100)) } =
      this.troubles;
    await Promise.resolve();
    const volumes = this.volumes
      .filter(({ id, isDeleted }) => !isDeleted && watched.has(id) && !this.troubles.hides?.(id))
      .map(({ id, madeAt }): Sighting => {
        const age = this.#clock.elapsed - madeAt;
        const isCreating = age < AVAILABLE_AFTER_MS || this.troubles.isCreating?.(id) === true;
        const status = isCreating ? 'creating' : 'available';
        return { type: 'volume', id, status, progress: progress(age) };
      });
    return [...volumes, ...points];
  }

  #answer(effect: Effect): Answer {
    const name = this.troubles.perform?.(effect);
    if (name !== undefined)
      return { effectId: effect.id, type: effect.type, ok: false, failure: failureOf(name) };
    return { effectId: effect.id, type: effect.type, ok: true, result: this.#do(effect) } as Answer;
  }

  #do(effect: Effect): object {
    switch (effect.type) {
      case 'operate':
        return this.#operate(effect);
      case 'delete':
        this.#remove(effect.thing.id);
        return {};
      case 'sweep': {
        const shown = this.alive.filter((id) => this.troubles.hidesFromSweep?.(id) !== true);
        const found = shown.map((id) => made('volume', id));
        const removed = found.filter(({ id }) => !effect.keep.some((kept) => kept.id === id));
        for (const { id } of removed) this.#remove(id);
        return { found, removed };
      }
      case 'claim':
        return { granted: true, place: 'parameter' };
      default:
        return { findings: [], on: [] };
    }
  }

  #operate({ operation, identity, target }: Operate): object {
    if (operation === 'createVolume') return { id: this.#make(identity).id };
    return operation === 'takeSnapshot' ? { id: `snap-of-${target?.id}` } : {};
  }

  /** A volume that carries the run's tag, and that no resource's row names. */
  makeUntracked(): string {
    return this.#make(`untracked-${this.volumes.length}`).id;
  }

  #make(token: string): FakeVolume {
    const known = this.volumes.find((volume) => volume.token === token);
    if (known !== undefined) return known;
    const id = `vol-new-${this.volumes.length + 1}`;
    const volume = { id, token, madeAt: this.#clock.elapsed, isDeleted: false };
    this.volumes.push(volume);
    return volume;
  }

  #remove(id: string): void {
    const volume = this.volumes.find((candidate) => candidate.id === id);
    if (volume !== undefined) volume.isDeleted = true;
  }
}

export function failureOf(name: FailureClass): Failure {
  return { class: name, code: `Some-${name}`, message: 'as the test wants it' };
}

export interface FleetOptions {
  readonly volumes?: number;
  readonly rto?: string;
  readonly rateQuota?: number;
  readonly strategies?: readonly string[];
  readonly gates?: readonly object[];
  readonly manual?: readonly object[];
  readonly protects?: boolean;
  /** Numbers of the volumes that volume `n` depends on. */
  readonly dependsOn?: (n: number) => readonly number[];
  /** As in a runbook. */
  readonly backfill?: object;
}

export function fleetOf(options: FleetOptions = {}): Scenario {
  const { volumes = 3, rto = '4h', rateQuota = 5_000, strategies = ['provisioned-rate'], gates } = options;
  const { manual = [], protects = false, backfill, dependsOn = () => [] } = options;
  const numbers = Array.from({ length: volumes }, (_, number) => number);
  const zone = 'us-east-1a';
  const shared = { apiVersion: 'lifeboat/v1', region: 'us-east-1' };
  return {
    runbook: runbookSchema.parse({
      ...shared,
      ...{ kind: 'Runbook', name: 'fleet', objectives: { rto, rpo: '2h' } },
      ...(gates && { gates }),
      ...(backfill && { backfill }),
      manual,
      protection: { recoveryPoint: protects },
      resources: numbers.map((n) => ({
        ...{ id: `volume-${n}`, type: 'ebs-volume', source: `vol-${n}`, strategies },
        ...(strategies.includes('lazy') && { readyWhen: 'available' }),
        dependsOn: dependsOn(n).map((other) => `volume-${other}`),
      })),
    }),
    inventory: inventorySchema.parse({
      ...shared,
      ...{ kind: 'Inventory', capturedAt: new Date(T0).toISOString(), zones: [zone] },
      quotas: { provisionedInitMiBps: rateQuota },
      volumes: numbers.map((n) => ({ id: `vol-${n}`, zone, type: 'gp3', sizeGiB: 100 })),
      snapshots: numbers.map((n) => ({
        ...{ id: `snap-${n}`, volumeId: `vol-${n}`, state: 'completed', sizeGiB: 100, fullSizeGiB: 100 },
        startedAt: new Date(T0 - minutes(60)).toISOString(),
      })),
    }),
  };
}

export interface StageOptions extends FleetOptions {
  readonly mode?: RunMode;
  readonly concurrency?: number;
}

/** A run on the fake account, driven by the real driver with the real journal. */
export class Stage {
  readonly clock = new FakeClock();
  readonly aws = new FakeAws(this.clock);
  readonly lines: TimelineEntry[] = [];
  readonly journal: SqliteJournal;
  readonly #concurrency: number;

  private constructor(journal: SqliteJournal, concurrency: number) {
    this.journal = journal;
    this.#concurrency = concurrency;
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const { mode = 'restore', concurrency = 1 } = options;
    const scenario = fleetOf(options);
    const record = recordOf(scenario, planOf(scenario, mode), { mode, yes: false });
    return new Stage(await createMemoryJournal(record), concurrency);
  }

  parts(change: Partial<DriverParts> = {}): DriverParts {
    return {
      journal: this.journal,
      executor: this.aws,
      clock: this.clock,
      onTimeline: (entries) => void this.lines.push(...entries),
      concurrency: this.#concurrency,
      answersApprovals: false,
      frozenBy: async () => [],
      ...change,
    };
  }

  /** Begins or goes on, as a new process does. */
  async drive(change: Partial<DriverParts> = {}, pause: AbortSignal = NEVER): Promise<DriveEnd> {
    await this.journal.acquire();
    const parts = this.parts(change);
    await beginRun(parts);
    return drive(await Driver.open(parts), parts, pause);
  }

  async say(kind: SignalKind, by = 'ann', made?: 'keep' | 'remove'): Promise<void> {
    await this.journal.signal({ at: this.clock.now(), kind, by, ...(made !== undefined && { made }) });
  }
}

/** Finds the entry that says that a phase begins for all resources. */
export function isBegun(phase: string): (entry: TimelineEntry) => boolean {
  return ({ code, data }) => code === 'phase.begun' && 'phase' in data && data.phase === phase;
}
