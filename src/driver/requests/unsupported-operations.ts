import { classify, RequestFailure } from '../../aws/request-failures.ts';
import type { Failure } from '../../workflow/base/effects.ts';

/** Number of non-AWS answers before an operation counts as unsupported. One or two may come from a proxy that is restarting. */
const ENOUGH = 3;

interface Suspect {
  /** Non-AWS answers, each followed by an AWS answer to another operation. */
  readonly counted: number;
  /** The last non-AWS answer has not been followed by an AWS answer to another operation yet. */
  readonly isOpen: boolean;
}

export interface OperationsMemo {
  /** Operations that AWS has answered. */
  readonly present: readonly string[];
  readonly suspects: Readonly<Record<string, Suspect>>;
}

/**
 * Unsupported operations. An emulator answers HTML for operations that it lacks; so does a
 * proxy during an outage. The difference: during an outage no other operation gets an AWS answer either. An operation that AWS answered
 * once is supported, whatever comes later.
 */
export class UnsupportedOperations {
  readonly #present: Set<string>;
  readonly #suspects: Map<string, Suspect>;

  constructor({ present, suspects }: OperationsMemo = { present: [], suspects: {} }) {
    this.#present = new Set(present);
    this.#suspects = new Map(Object.entries(suspects));
  }

  get memo(): OperationsMemo {
    return { present: [...this.#present], suspects: Object.fromEntries(this.#suspects) };
  }

  /** @throws RequestFailure of class `unsupported` */
  refuse(operation: string): void {
    if ((this.#suspects.get(operation)?.counted ?? 0) >= ENOUGH)
      throw new RequestFailure(noSuchOperation(operation));
  }

  /** AWS answered the operation, possibly with an error. */
  answered(operation: string): void {
    this.#present.add(operation);
    this.#suspects.delete(operation);
    for (const [name, { counted, isOpen }] of this.#suspects)
      if (isOpen) this.#suspects.set(name, { counted: counted + 1, isOpen: false });
  }

  /** The operation was sent and failed with `error`. */
  failed(operation: string, error: unknown): void {
    const failure = failureIn(error);
    if (failure?.code === 'MalformedAnswer') {
      const { counted } = this.#suspects.get(operation) ?? { counted: 0 };
      if (!this.#present.has(operation)) this.#suspects.set(operation, { counted, isOpen: true });
    } else if (failure !== undefined && isSpoken(error, failure)) this.answered(operation);
  }
}

/** Whether the failure is an answer of AWS itself, not a network failure or missing local credentials. */
function isSpoken(error: unknown, failure: Failure): boolean {
  return error instanceof Error && '$fault' in error && failure.class !== 'unsupported';
}

/** The failure reported by AWS or the network; `undefined` for a bug or a journal failure, which the caller must rethrow. */
function failureIn(error: unknown): Failure | undefined {
  try {
    return classify(error);
  } catch (thrown) {
    if (thrown === error) return undefined;
    throw thrown;
  }
}

function noSuchOperation(operation: string): Failure {
  const message = `The endpoint has no ${operation}: it answered it ${ENOUGH} times with something that is not AWS, and other operations as AWS does.`;
  return { class: 'unsupported', code: 'NoSuchOperation', message };
}
