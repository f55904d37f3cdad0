import { LifeboatError } from '../errors.ts';
import type { Failure, FailureClass } from '../workflow/base/effects.ts';
import { ObservationFailure } from '../workflow/base/executor.ts';
import { classOfCode, classOfNetworkCode, isAboutTheApi, lacksOperation } from './failure-codes.ts';

const LONGEST_MESSAGE = 300;

/** A failure that Lifeboat itself found in an answer; travels as an exception to where the effect is answered. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** An answer that is no answer of AWS: a proxy's page, a cut-off document. Whether the request was carried out is unknown. */
export function malformedAnswer(operation: string): RequestFailure {
  const message = `What answered ${operation} is not AWS: the expected part is missing. A proxy or a wrong endpoint may be in between.`;
  return new RequestFailure({ class: 'transient', code: 'MalformedAnswer', message });
}

/**
 * What an error of the SDK, of the service or of the network means for the next step.
 *
 * @throws the error itself when it is none of these: a bug, or a failure of the journal, must not pass for one of AWS
 * @example classify(error).class // 'throttled'
 */
export function classify(error: unknown): Failure {
  if (error instanceof RequestFailure || error instanceof ObservationFailure) return error.failure;
  if (!(error instanceof Error) || error instanceof LifeboatError) throw error;
  const traits = traitsOf(error);
  const local = localFailure(error, traits);
  if (local !== undefined) return local;
  if (!traits.fromSdk) throw error;
  if (traits.serviceCode === undefined) return unreadableAnswer(traits);
  const code = plainCode(traits.serviceCode);
  return failureOf(code, error.message, traits);
}

/** The failure for a code that came inside an answer, e.g. in `Unsuccessful[]`. */
export function failureOf(code: string, message: string, { status, fault }: Hints = {}): Failure {
  const plain = plainCode(code);
  const isMissing = status === 501 || (plain === 'UnsupportedOperation' && isAboutTheApi(message));
  return {
    class: isMissing ? 'unsupported' : (classOfCode(plain) ?? classByStatus(status, fault)),
    code: sanitise(plain),
    message: sanitise(message) || `AWS answered ${sanitise(code)} without a message.`,
  };
}

/** Refusals of a signature: the wrong Region or endpoint looks just like a wrong key. */
const SIGNED_WRONG: ReadonlySet<string> = new Set([
  'AuthFailure',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'InvalidSignatureException',
]);

/** The expected error for a person, with what to do now. */
export function toLifeboatError(failure: Failure, cause?: unknown): LifeboatError {
  const told = `${failure.code}: ${failure.message}`;
  const detail = cause === undefined ? {} : { cause };
  if (failure.code === 'RegionMissing') {
    return new LifeboatError('AWS_FAILED', told, 'Give --region, or set AWS_REGION.', detail);
  }
  switch (failure.class) {
    case 'credentials':
      return new LifeboatError(
        'AWS_CREDENTIALS',
        told,
        SIGNED_WRONG.has(failure.code)
          ? 'Check the credentials, --region and AWS_ENDPOINT_URL: they must belong together. Then run the command again.'
          : 'Sign in, or set AWS_PROFILE, then run the command again.',
        detail,
      );
    case 'unreachable':
      return new LifeboatError(
        'AWS_UNREACHABLE',
        told,
        'Check the network, the Region and AWS_ENDPOINT_URL, then run the command again.',
        detail,
      );
    case 'denied':
      return new LifeboatError(
        'AWS_DENIED',
        told,
        'Give the role the permission that is named, then run the command again.',
        detail,
      );
    case 'gone':
    case 'invalid':
      return new LifeboatError(
        'AWS_FAILED',
        told,
        'Correct the runbook or the account to fit the message, then plan again.',
        detail,
      );
    case 'quota':
      return new LifeboatError(
        'AWS_FAILED',
        told,
        'Ask AWS to raise the quota, or free some of it, then run the command again.',
        detail,
      );
    case 'unsupported':
      return new LifeboatError(
        'AWS_FAILED',
        told,
        'Choose a strategy that does without the operation, or an endpoint that has it, then plan again.',
        detail,
      );
    case 'throttled':
    case 'transient':
    case 'capacity':
    case 'busy':
      return new LifeboatError(
        'AWS_FAILED',
        told,
        failure.code === 'MalformedAnswer'
          ? 'Check AWS_ENDPOINT_URL and any proxy in between, then run the command again.'
          : 'Wait a minute, then run the command again.',
        detail,
      );
  }
}

/** One line without control characters, at most 300 characters: fit for a terminal, a log and a journal. */
export function sanitise(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
  return line.length <= LONGEST_MESSAGE
    ? line
    : `${line.slice(0, LONGEST_MESSAGE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

interface Hints {
  readonly status?: number | undefined;
  readonly fault?: string | undefined;
}

interface Traits extends Hints {
  /** Thrown by the SDK, whatever the reason. */
  readonly fromSdk: boolean;
  /** Code of the network layer, e.g. `ECONNRESET`. */
  readonly systemCode: string | undefined;
  /** The service's own code; `undefined` when the answer had none. */
  readonly serviceCode: string | undefined;
}

/** Generic names: the answer had no code that the SDK could read. `NotFound` is the SDK's name for any page with status 404. */
const NAMELESS = /^(Unknown|UnknownError|NotFound|[A-Za-z0-9]+ServiceException)$/;

function traitsOf(error: Error): Traits {
  const fields = error as Error & { readonly [key: string]: unknown };
  const metadata = fields['$metadata'] as { readonly httpStatusCode?: unknown } | undefined;
  const fault = textOf(fields['$fault']);
  const status = metadata?.httpStatusCode;
  const names = [error.name, textOf(fields['Code'])];
  return {
    fromSdk: metadata !== undefined || fault !== undefined,
    systemCode: textOf(fields['code']),
    // Without a fault it was thrown while reading the answer, and its name is that of a JavaScript error.
    serviceCode:
      fault === undefined
        ? undefined
        : names.find((name): name is string => name !== undefined && !NAMELESS.test(name)),
    status: typeof status === 'number' ? status : undefined,
    fault,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Failures on this side of the service: credentials, configuration, network. */
function localFailure(error: Error, { systemCode, serviceCode }: Traits): Failure | undefined {
  const say = (name: FailureClass, code: string): Failure => ({
    class: name,
    code,
    message: sanitise(error.message) || `The request ended with ${code}.`,
  });
  if (serviceCode !== undefined) return undefined;
  if (classOfCode(error.name) === 'credentials') return say('credentials', error.name);
  if (error.message === 'Region is missing') return say('invalid', 'RegionMissing');
  // A time-out of the SDK is named so whatever the socket said.
  if (error.name === 'TimeoutError') return say('transient', systemCode ?? 'TimeoutError');
  if (error.name === 'AbortError') return say('transient', 'AbortError');
  const name = systemCode === undefined ? undefined : classOfNetworkCode(systemCode);
  return name === undefined || systemCode === undefined ? undefined : say(name, systemCode);
}

function unreadableAnswer({ status }: Traits): Failure {
  const http = status === undefined ? 'without a status' : `HTTP ${status}`;
  if (lacksOperation(status)) {
    const message = `The endpoint has no such operation: it answered ${http}, and not as AWS does.`;
    return { class: 'unsupported', code: 'NoSuchOperation', message };
  }
  return {
    class: status === 429 ? 'throttled' : 'transient',
    code: 'MalformedAnswer',
    message: `The answer (${http}) is not one of AWS: it could not be read. A proxy or a wrong endpoint may be in between.`,
  };
}

function classByStatus(status: number | undefined, fault: string | undefined): FailureClass {
  if (status === 429) return 'throttled';
  if (fault === 'server' || (status !== undefined && status >= 500)) return 'transient';
  if (status === 401 || status === 403) return 'denied';
  return status === 404 ? 'gone' : 'invalid';
}

/** `DBInstanceNotFoundFault` and `Client.RequestLimitExceeded` as the services document them. */
function plainCode(code: string): string {
  return code.replace(/^(Client|Server)\./, '').replace(/Fault$/, '');
}
