import { classify, RequestFailure } from '../../aws/request-failures.ts';
import type { Failure } from '../../workflow/base/effects.ts';

/** So many answers that are none of AWS: one or two come from a proxy that is restarted. */
const ENOUGH = 3;

interface Suspect {
  /** Answers that were none of AWS, each followed by one of AWS to another operation. */
  readonly counted: number;
  /** The last of them still waits for that. */
  readonly isOpen: boolean;
}

export interface OperationsMemo {
  /** Operations that AWS has answered. */
  readonly present: readonly string[];
  readonly suspects: Readonly<Record<string, Suspect>>;
}

/**
 * Operations that the endpoint does not have. A server that speaks only some of AWS's protocol answers the rest by a page of HTML; so does a
 * proxy while AWS cannot be reached. The difference: then no other operation is answered readably either. What was answered by AWS
 * once exists, whatever comes later.
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

  /** It was answered by AWS, be it with an error. */
  answered(operation: string): void {
    this.#present.add(operation);
    this.#suspects.delete(operation);
    for (const [name, { counted, isOpen }] of this.#suspects)
      if (isOpen) this.#suspects.set(name, { counted: counted + 1, isOpen: false });
  }

  /** It was sent, and `error` came of it. */
  failed(operation: string, error: unknown): void {
    const failure = failureIn(error);
    if (failure?.code === 'MalformedAnswer') {
      const { counted } = this.#suspects.get(operation) ?? { counted: 0 };
      if (!this.#present.has(operation)) this.#suspects.set(operation, { counted, isOpen: true });
    } else if (failure !== undefined && isSpoken(error, failure)) this.answered(operation);
  }
}

/** Only the service itself says whose fault it was: the network does not, nor do credentials that are missing here. */
function isSpoken(error: unknown, failure: Failure): boolean {
  return error instanceof Error && '$fault' in error && failure.class !== 'unsupported';
}

/** What AWS or the network said; `undefined` for a bug or a failure of the journal, which whoever caught it throws on. */
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
