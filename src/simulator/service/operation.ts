import type { Instant } from '../../time.ts';
import type { FaultName } from '../chance/faults.ts';
import type { WorldState } from '../state/state.ts';

/** The circumstances of one call. */
export interface Call {
  readonly now: Instant;
  /** Whether this fault strikes the call. */
  readonly strikes: (fault: FaultName) => boolean;
}

/** What an operation does with its input; throws what the service would answer. */
export type Handler<I, O> = (state: WorldState, input: I, call: Call) => O;

/** One operation of a simulated service. */
export interface Operation {
  /** The API's name, e.g. `CreateVolume`. */
  readonly name: string;
  /** It changes nothing. */
  readonly reads: boolean;
  readonly run: (state: WorldState, input: unknown, call: Call) => object;
}

/** A command class of the SDK: operations are found by it, as names do not survive bundling. */
type CommandClass<I> = abstract new (input: I) => { readonly input: I };

/** Ties an operation to the command class that asks for it. */
export function operation<I extends object, O extends object>(
  command: CommandClass<I>,
  name: string,
  run: Handler<I, O>,
): readonly [object, Operation] {
  return [
    command,
    {
      name,
      reads: /^(Describe|List|Get)/.test(name),
      run: (state, input, call) => run(state, input as I, call),
    },
  ];
}
