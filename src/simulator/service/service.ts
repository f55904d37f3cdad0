import type { Instant } from '../../time.ts';
import { CallChance } from './call-chance.ts';
import type { CallMeter } from './call-meter.ts';
import type { VirtualClock } from '../model/clock.ts';
import type { Caller, Operation } from './operation.ts';
import type { WorldState } from '../state/state.ts';
import { answerLost } from './ec2-rds-errors.ts';

/** What differs between the services: their operations and the errors they answer with. */
export interface ServiceDefinition {
  readonly operations: ReadonlyMap<object, Operation>;
  readonly throttled: () => Error;
  readonly serverError: () => Error;
  readonly dryRun: () => Error;
  readonly unknownOperation: (command: string) => Error;
}

/** A command of the SDK. */
export interface Command {
  readonly input: object;
}

/**
 * A simulated service: takes the SDK's commands and answers as AWS would, at the clock's time. A call is one transaction of the world: it has
 * happened or it has not. The answer may be lost after that.
 */
export class SimulatedService {
  readonly #definition: ServiceDefinition;
  readonly #state: WorldState;
  readonly #meter: CallMeter;
  readonly #clock: VirtualClock;
  readonly #chance: CallChance;

  constructor(definition: ServiceDefinition, state: WorldState, meter: CallMeter, clock: VirtualClock) {
    this.#definition = definition;
    this.#state = state;
    this.#meter = meter;
    this.#clock = clock;
    this.#chance = new CallChance(state.dice, state.store.numbers);
  }

  /** The client is another process from now on. */
  reconnect(): void {
    this.#chance.reconnect();
  }

  get operations(): Iterable<Operation> {
    return this.#definition.operations.values();
  }

  /** What the service answers to a request for an operation that it does not have. */
  unknown(operation: string): Error {
    return this.#definition.unknownOperation(operation);
  }

  async send(command: Command): Promise<object> {
    const operation = this.#definition.operations.get(command.constructor);
    if (operation === undefined) throw this.unknown(command.constructor.name);
    return this.call(operation, command.input);
  }

  /** Seconds that the caller of a long poll is ready to wait, because there is nothing to answer now. */
  waitSeconds({ waitSeconds }: Operation, input: object): number {
    return waitSeconds?.(this.#state, input, this.#clock.now()) ?? 0;
  }

  /** Carries out one of {@link operations}. */
  call(operation: Operation, input: object, caller?: Caller): object {
    return this.#state.store.commit(() => this.#carryOut(operation, input, this.#clock.now(), caller));
  }

  #carryOut(operation: Operation, input: object, now: Instant, caller: Caller | undefined): object {
    const { name } = operation;
    this.#meter.count(name);
    if (!this.#meter.admits(name, isUnfilteredDescribe(name, input), now)) {
      this.#meter.countThrottled(name);
      throw this.#definition.throttled();
    }
    const { key, strikes } = this.#chance.ofCall(operation, input, now);
    if (strikes('throttle')) {
      this.#meter.countThrottled(name);
      throw this.#definition.throttled();
    }
    if (strikes('serverError')) throw this.#definition.serverError();
    if ('DryRun' in input && input.DryRun === true) throw this.#definition.dryRun();
    const answer = operation.run(this.#state, input, { now, strikes, caller });
    const { dice } = this.#state;
    if (strikes('answerLost')) throw answerLost(dice.draw(`lost/${key}`) < 0.5);
    return {
      $metadata: {
        httpStatusCode: 200,
        requestId: dice.hex(32, `request/${key}`),
        attempts: 1,
        totalRetryDelay: 0,
      },
      ...answer,
    };
  }
}

/** A describe that names neither ids nor filters nor a page size. */
function isUnfilteredDescribe(name: string, input: object): boolean {
  return (
    name.startsWith('Describe') &&
    Object.values(input).every((value) => value === undefined || (Array.isArray(value) && value.length === 0))
  );
}
