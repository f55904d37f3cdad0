import type { Gap } from '../../inventory/schema.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import type { ServiceName } from '../clients.ts';
import { meaningOf } from './gaps.ts';
import { classify, sanitise, toLifeboatError } from '../request-failures.ts';

const MOST_TEXT = 500;
const NAMED = 3;
const LONGEST_ID = 255;

/** Answers that say nothing of AWS, by their HTTP status: an endpoint that has no such operation answers so. */
const STATUS_OF_LACKING: ReadonlySet<number> = new Set([404, 405, 500, 501]);

/** The endpoint accepts connections and does not answer: a second wait of the same length would not help. */
const SILENCE: ReadonlySet<string> = new Set(['TimeoutError', 'AbortError', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']);

/** An entry of an answer that an inventory cannot hold, and why. */
export interface LeftOut {
  readonly leftOut: string;
}

interface Loss {
  readonly failure: Failure;
  readonly error: unknown;
}

/** Whether the endpoint gave no answer within the limit. */
export function isSilence({ class: kind, code }: Failure): boolean {
  return kind === 'unreachable' || SILENCE.has(code);
}

/**
 * The reads of one capture. A failed read becomes a gap and does not end the capture: an account that is captured in part, and says so, is worth more
 * than none. Once a service does not answer, it is not asked again, nor is any that has not answered yet.
 */
export class CaptureReads {
  readonly #gaps = new Map<string, Gap>();
  readonly #losses = new Map<string, Loss>();
  readonly #answered = new Set<ServiceName>();
  readonly #silent = new Set<ServiceName>();

  /**
   * The result, or `undefined` with a gap. An operation that the endpoint does not support is not asked for again.
   *
   * @throws what `run` threw where the credentials are missing or have expired: all further reads would fail the same way
   */
  async read<T>(service: ServiceName, operation: string, run: () => Promise<T>): Promise<T | undefined> {
    if (this.#isOutOfReach(service)) {
      this.#skip(operation);
      return undefined;
    }
    if (this.#gaps.get(operation)?.reason === 'unsupported') return undefined;
    try {
      const result = await this.#patiently(service, run);
      this.#answered.add(service);
      return result;
    } catch (error) {
      this.#note(service, operation, error);
      return undefined;
    }
  }

  /** There is no client for the service. */
  lacking(operation: string): void {
    this.#add({
      operation,
      reason: 'unsupported',
      message: 'It was not asked: there is no access to its service.',
      means: meaningOf(operation),
    });
  }

  /** Entries as an inventory has them, each id once. What is left out is told; what the map gives no answer for is no part of an inventory. */
  keep<Item, Entry extends { readonly id: string }>(
    operation: string,
    items: readonly Item[],
    map: (item: Item) => Entry | LeftOut | undefined,
  ): Entry[] {
    const kept = new Map<string, Entry>();
    const reasons: string[] = [];
    for (const item of items) {
      const entry = map(item);
      if (entry === undefined) continue;
      if ('leftOut' in entry) reasons.push(entry.leftOut);
      else if (entry.id.length > LONGEST_ID) reasons.push(`${entry.id.slice(0, 20)}…: its name is too long`);
      // A list that changes while it is read in pages can show an entry twice.
      else if (!kept.has(entry.id)) kept.set(entry.id, entry);
    }
    this.#tellLeftOut(operation, reasons);
    return [...kept.values()];
  }

  /** The failure of an operation, where it had one. */
  lossOf(operation: string): Loss | undefined {
    return this.#losses.get(operation);
  }

  /** In the order of their names: the same account gives the same inventory. */
  gaps(): Gap[] {
    return [...this.#gaps.values()].sort((a, b) => (a.operation < b.operation ? -1 : 1));
  }

  /** A service that has answered before is asked once more when an answer is lost. */
  async #patiently<T>(service: ServiceName, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!this.#answered.has(service) || !isSilence(classify(error))) throw error;
      return run();
    }
  }

  #isOutOfReach(service: ServiceName): boolean {
    return this.#silent.has(service) || (this.#silent.size > 0 && !this.#answered.has(service));
  }

  #skip(operation: string): void {
    const silent = [...this.#silent].join(', ');
    this.#add({
      operation,
      reason: 'failed',
      message: `It was not asked, because ${silent} did not answer.`,
      means: meaningOf(operation),
    });
  }

  #note(service: ServiceName, operation: string, error: unknown): void {
    const failure = classify(error);
    if (endsCapture(service, failure)) throw error;
    if (isSilence(failure)) this.#silent.add(service);
    else this.#answered.add(service);
    if (!this.#losses.has(operation)) this.#losses.set(operation, { failure, error });
    this.#add({
      operation,
      reason: reasonOf(failure, error),
      message: `${failure.code}: ${failure.message}`.slice(0, MOST_TEXT),
      means: meaningOf(operation),
    });
  }

  #tellLeftOut(operation: string, reasons: readonly string[]): void {
    if (reasons.length === 0) return;
    const named = reasons.slice(0, NAMED).map(sanitise).join('; ');
    const rest = reasons.length > NAMED ? ` and ${reasons.length - NAMED} more` : '';
    this.#add({
      operation: `${operation} (some entries)`,
      reason: 'failed',
      message: `${reasons.length} left out: ${named}`.slice(0, MOST_TEXT - rest.length) + rest,
      means: 'what was left out cannot be planned with',
    });
  }

  #add(gap: Gap): void {
    // The first failure is the cause of those that follow.
    if (!this.#gaps.has(gap.operation)) this.#gaps.set(gap.operation, gap);
  }
}

/** The expected error where nothing at all could be read. */
export function nothingReadable({ failure, error }: Loss): Error {
  if (failure.class === 'unreachable' || !isSilence(failure)) return toLifeboatError(failure, error);
  const message = `The endpoint takes requests and does not answer them. ${failure.message}`;
  return toLifeboatError({ ...failure, class: 'unreachable', message }, error);
}

/** A secondary service may refuse the caller for its own reasons; expired credentials are refused by all services. */
function endsCapture(service: ServiceName, { class: kind, code }: Failure): boolean {
  if (kind !== 'credentials') return false;
  return service === 'ec2' || service === 'rds' || /Expired|Provider|Refresh/.test(code);
}

function reasonOf(failure: Failure, error: unknown): Gap['reason'] {
  if (failure.class === 'unsupported') return 'unsupported';
  if (failure.class === 'denied' || failure.class === 'credentials') return 'denied';
  const status = statusOf(error);
  const isLacking = status !== undefined && STATUS_OF_LACKING.has(status);
  // A request without ids cannot fail for a missing object: the endpoint lacks the operation.
  if (isLacking && (failure.code === 'MalformedAnswer' || failure.class === 'gone')) return 'unsupported';
  return 'failed';
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { readonly $metadata?: { readonly httpStatusCode?: unknown } } | null)
    ?.$metadata;
  const status = metadata?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}
