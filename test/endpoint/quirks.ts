import type { EndpointCall } from '../../src/simulator/endpoint/serve.ts';

/** Which requests a fault strikes: all conditions that are given must hold. */
export interface Strike {
  /** By name; absent: all. `read` and `write` stand for those that change nothing and those that change something. */
  readonly operations?: readonly string[];
  readonly services?: readonly EndpointCall['service'][];
  readonly accessKeys?: readonly string[];
  /** So many of these requests pass unharmed first. */
  readonly after?: number;
  /** So many are struck at the most. */
  readonly times?: number;
  /** Only from and until so many milliseconds since the quirks were set. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** What befalls a request. */
export type Fault = Strike &
  (
    | /** A page of HTML instead of an answer; nothing was carried out. */
      { readonly does: 'page'; readonly status: 200 | 404 | 500 | 501 | 502 | 503 }
      /** The service says that it is asked too often. */
    | { readonly does: 'throttle' }
    /** The credentials have expired. `code` where a service has another name for it. */
    | { readonly does: 'expire'; readonly code?: string }
    /** A permission is missing. */
    | { readonly does: 'deny' }
    /** Any other refusal. */
    | { readonly does: 'refuse'; readonly code: string; readonly status?: number; readonly message?: string }
    /** Of a batch of messages, every second entry fails. */
    | { readonly does: 'part'; readonly code: string }
    /** The operation is not known, said as a service says it. */
    | { readonly does: 'not-know' }
    /** Carried out; then the connection is cut without a word. */
    | { readonly does: 'lose' }
    /** Carried out, and never answered. */
    | { readonly does: 'swallow' }
    /** Carried out; the connection is cut in the middle of the answer. */
    | { readonly does: 'cut' }
    /** Carried out; half an answer, as if it were whole. */
    | { readonly does: 'halve' }
    /** Carried out; half the answer, and then nothing more on an open connection. */
    | { readonly does: 'stall' }
    /** Carried out; the answer comes one byte a second. */
    | { readonly does: 'drip' }
    /** Carried out; the answer never ends. */
    | { readonly does: 'flood' }
    /** The connection is cut before anything is carried out. */
    | { readonly does: 'reset' }
    /** Never answered, nor carried out. */
    | { readonly does: 'hang' }
  );

/** What makes an account another than AWS's. */
export interface Quirks {
  readonly faults?: readonly Fault[];
  /** Simulated seconds per real second, from when the quirks are set. */
  readonly speed?: number;
  /** What is new is not shown by reads for so long, real milliseconds. */
  readonly visibleAfterMs?: number;
  /** What is new is said to be creating for as long as these quirks are set. */
  readonly holds?: boolean;
  readonly ignoresTokens?: boolean;
  /** Members of outputs that are left out, by their names in the SDK. */
  readonly hides?: readonly string[];
  /** Every instant that is told is this one, ISO 8601. */
  readonly frozenAt?: string;
  /** Keys on a page of a list of objects. */
  readonly keysPerPage?: number;
  /** No page is the last: each has a token, of its own or the same again. */
  readonly endlessPages?: 'fresh' | 'same';
  /** Every message of a queue is given out twice: it stays visible when it is received for the first time. */
  readonly deliversTwice?: boolean;
  /** A request that is signed for another Region is refused with this code. */
  readonly otherRegion?: 'AuthFailure' | 'SignatureDoesNotMatch';
  /** Anything else that is told otherwise. */
  readonly rewrites?: (output: object, call: EndpointCall) => object;
}

/** Of a request, what decides whether a fault strikes it. */
export interface Target {
  readonly operation: string;
  readonly service: EndpointCall['service'];
  readonly accessKey: string;
  readonly mutates: boolean;
}

/** Decides by order of arrival alone: the same requests meet the same faults. */
export class Faults {
  readonly #faults: readonly Fault[];
  readonly #since: number;
  readonly #seen = new Map<Fault, number>();

  constructor(faults: readonly Fault[], since: number) {
    this.#faults = faults;
    this.#since = since;
  }

  /** The first fault that strikes this request; each one that might counts it. */
  next(target: Target, now: number): Fault | undefined {
    let struck: Fault | undefined;
    for (const fault of this.#faults) {
      if (!concerns(fault, target, now - this.#since)) continue;
      const index = this.#seen.get(fault) ?? 0;
      this.#seen.set(fault, index + 1);
      const from = fault.after ?? 0;
      const isDue = index >= from && index < from + (fault.times ?? Number.POSITIVE_INFINITY);
      if (isDue) struck ??= fault;
    }
    return struck;
  }
}

function concerns(
  fault: Fault,
  { operation, service, accessKey, mutates }: Target,
  elapsedMs: number,
): boolean {
  const { operations, services, accessKeys, fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = fault;
  const kind = mutates ? 'write' : 'read';
  if (operations !== undefined && !operations.includes(operation) && !operations.includes(kind)) return false;
  if (services !== undefined && !services.includes(service)) return false;
  if (accessKeys !== undefined && !accessKeys.includes(accessKey)) return false;
  return elapsedMs >= fromMs && elapsedMs < untilMs;
}
