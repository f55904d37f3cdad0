import { LifeboatError } from '../errors.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Instant } from '../time.ts';
import { CallMeter } from './service/call-meter.ts';
import type { CallCount } from './service/call-meter.ts';
import type { VirtualClock } from './model/clock.ts';
import type { FaultName, FaultProfileName } from './chance/faults.ts';
import { accountOf, seedWorld } from './seeding.ts';
import { Services } from './senders.ts';
import type { Senders, ServiceName } from './senders.ts';
import { SimulatedService } from './service/service.ts';
import { WorldState } from './state/state.ts';
import type { Account } from './state/state.ts';
import { WorldStore } from './state/store.ts';
import {
  quotaUsage,
  trueDbInstances,
  trueDbSnapshots,
  trueFsr,
  trueMessages,
  trueParameters,
  trueSnapshots,
  trueVolumes,
} from './state/truth.ts';
import type {
  QuotaUsage,
  TrueDbInstance,
  TrueDbSnapshot,
  TrueFsr,
  TrueMessage,
  TrueParameter,
  TrueSnapshot,
  TrueVolume,
} from './state/truth.ts';

export interface WorldOptions {
  /** The SQLite file of the world, or `:memory:`. */
  readonly path: string;
  /** What a new world holds; an existing file is loaded as it is, and this is ignored. */
  readonly inventory?: Inventory;
  readonly seed: number;
  readonly faults: FaultProfileName;
  readonly clock: VirtualClock;
}

/** All of a world at one instant, as it really is. */
export interface WorldSnapshot {
  readonly at: Instant;
  readonly volumes: readonly TrueVolume[];
  readonly dbInstances: readonly TrueDbInstance[];
  readonly snapshots: readonly TrueSnapshot[];
  readonly dbSnapshots: readonly TrueDbSnapshot[];
  readonly fsr: readonly TrueFsr[];
  readonly parameters: readonly TrueParameter[];
  readonly quotas: readonly QuotaUsage[];
  readonly calls: readonly CallCount[];
}

/** A simulated AWS account. The accessors give the current state at the clock's time, without calls, faults or stale reads. */
export interface World extends Senders {
  /** The account's number and Region. */
  readonly account: { readonly id: string; readonly region: string };
  /** A service itself, for requests that do not come from an SDK client of this process. */
  service(name: ServiceName): Promise<SimulatedService>;
  volumes(): readonly TrueVolume[];
  snapshots(): readonly TrueSnapshot[];
  dbSnapshots(): readonly TrueDbSnapshot[];
  /** The parameters of Systems Manager. */
  parameters(): readonly TrueParameter[];
  /** The messages of a queue of SQS. */
  messages(queue: string): readonly TrueMessage[];
  dbInstances(): readonly TrueDbInstance[];
  fsr(): readonly TrueFsr[];
  /** Usage of each quota; `quotas` is the service that gives the limits. */
  quotaUsage(): readonly QuotaUsage[];
  /** Every call that was sent, those refused by a throttle among them. */
  calls(): readonly CallCount[];
  /** How often each fault struck. */
  faults(): readonly { readonly fault: FaultName; readonly count: number }[];
  snapshotOf(): WorldSnapshot;
  /** Says that the client is another process from now on, as after a simulated crash: a repeated request meets the same chance as before. */
  reconnect(): void;
  /** Keeps the clock's time with the world. */
  saveClock(at: Instant): void;
  /** The time kept last; `undefined` in a new world. */
  savedClock(): Instant | undefined;
  close(): void;
}

/**
 * Opens the world kept at `path`, or makes it from the inventory. What a call changed is in the file before the call is answered: a process
 * that dies finds the world as it left it.
 *
 * @throws LifeboatError RUN_NOT_POSSIBLE when there is neither a file nor an inventory; WORLD_DAMAGED, FORMAT_TOO_NEW, WORLD_UNWRITABLE
 * @example
 * const clock = new SimulatedClock(inventory.capturedAt);
 * const world = openWorld({ path: ':memory:', inventory, seed: 1, faults: 'storm', clock });
 * await world.ec2.send(new DescribeVolumesCommand({}));
 */
export function openWorld(options: WorldOptions): World {
  const { clock, seed, faults } = options;
  let made: WorldState | undefined;
  const store = WorldStore.open(options.path, (fresh) => {
    const inventory = options.inventory ?? noInventory(options.path);
    const account = accountOf(inventory);
    fresh.putFact('account', JSON.stringify(account));
    made = new WorldState(account, fresh, seed, faults);
    seedWorld(made, inventory, clock.now());
  });
  const state = made ?? loadState(store, seed, faults);
  return worldOf(state, store, clock);
}

function noInventory(path: string): never {
  throw new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `There is no simulated world at '${path}' yet.`,
    'Start the run again with --simulate INVENTORY, which makes one.',
  );
}

function loadState(store: WorldStore, seed: number, faults: FaultProfileName): WorldState {
  return store.readable(() => {
    const account = JSON.parse(store.fact('account') ?? 'null') as Account | null;
    if (account === null) throw new Error('it holds no account');
    const state = new WorldState(account, store, seed, faults);
    state.load();
    return state;
  });
}

function worldOf(state: WorldState, store: WorldStore, clock: VirtualClock): World {
  const meter = new CallMeter(store.numbers);
  const now = (): Instant => clock.now();
  const opened: SimulatedService[] = [];
  const services = new Services((definition) => {
    const service = new SimulatedService(definition, state, meter, clock);
    opened.push(service);
    return service;
  });
  const world: World = {
    ...services.senders(),
    account: { id: state.account.id, region: state.account.region },
    service: (name) => services.named(name),
    volumes: () => trueVolumes(state, now()),
    snapshots: () => trueSnapshots(state, now()),
    dbInstances: () => trueDbInstances(state, now()),
    dbSnapshots: () => trueDbSnapshots(state, now()),
    fsr: () => trueFsr(state, now()),
    parameters: () => trueParameters(state),
    messages: (queue) => trueMessages(state, queue, now()),
    quotaUsage: () => quotaUsage(state, now()),
    calls: () => meter.counts(),
    faults: () =>
      store.numbers.under('fault/').map(([fault, count]) => ({ fault: fault as FaultName, count })),
    snapshotOf: () => ({
      at: now(),
      volumes: world.volumes(),
      snapshots: world.snapshots(),
      dbInstances: world.dbInstances(),
      dbSnapshots: world.dbSnapshots(),
      fsr: world.fsr(),
      parameters: world.parameters(),
      quotas: world.quotaUsage(),
      calls: world.calls(),
    }),
    reconnect: () => {
      for (const service of opened) service.reconnect();
    },
    saveClock: (at) => store.commit(() => store.numbers.set('clock', at)),
    savedClock: () => (store.numbers.has('clock') ? store.numbers.get('clock') : undefined),
    close: () => store.close(),
  };
  return world;
}
