import type { StaticOperationSchema } from '@smithy/types';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import type { FaultName } from '../chance/faults.ts';
import type { WorldState } from '../state/state.ts';

/** Every caller has the same secret key: the access key alone is the identity. */
export const SIMULATED_SECRET = 'secret';

/** Who sent a request over the wire. */
export interface Caller {
  readonly accessKey: string;
  readonly sessionToken?: string | undefined;
  /** The address that the request was sent to. */
  readonly endpoint: string;
  /** Simulated seconds per second of the caller's clock. */
  readonly speed: number;
}

/** The circumstances of one call. */
export interface Call {
  readonly now: Instant;
  /** Absent for a call within the process. */
  readonly caller?: Caller | undefined;
  /** Whether this fault strikes the call. */
  readonly strikes: (fault: FaultName) => boolean;
}

/** Durations that a caller asks for are of the caller's clock: simulated milliseconds in which so many of its seconds pass. */
export function callersMs({ caller }: Pick<Call, 'caller'>, seconds: number): number {
  return seconds * SECOND_MS * (caller?.speed ?? 1);
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
  /** Of a long poll: seconds that the caller is ready to wait, because there is nothing to answer now. */
  readonly waitSeconds?: (state: WorldState, input: unknown, now: Instant) => number;
  /** The SDK's own schema, by which requests and answers are read and written. */
  readonly schema: () => StaticOperationSchema;
}

/** A command class of the SDK: operations are found by it, as names do not survive bundling. */
type CommandClass<I> = new (input: I) => { readonly input: I; readonly schema?: unknown };

/** Ties an operation to the command class that asks for it. */
export function operation<I extends object, O extends object>(
  command: CommandClass<I>,
  name: string,
  run: Handler<I, O>,
  waitSeconds?: (state: WorldState, input: I, now: Instant) => number,
): readonly [object, Operation] {
  return [
    command,
    {
      name,
      reads: /^(Describe|List|Get|Head)/.test(name),
      run: (state, input, call) => run(state, input as I, call),
      ...(waitSeconds && { waitSeconds: (state, input, now) => waitSeconds(state, input as I, now) }),
      schema: () => new command({} as I).schema as StaticOperationSchema,
    },
  ];
}
