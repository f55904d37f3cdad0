import type { BackfillSpec, ClientRule } from '../../runbook/backfill-schema.ts';
import { formatDuration } from '../../time.ts';
import { obstacleOf } from '../lines/payload-evidence.ts';
import type { RequestRecord } from '../base/record.ts';
import { matcherOf } from './pattern.ts';
import { valueOf } from './request-values.ts';
import type { Verdict } from '../base/verdict.ts';
import { versionTest } from './version.ts';

/** The class of what no rule matches. */
export const OTHER_CLIENTS = 'other clients';

/** What a missed request is, by what its record says alone. */
export interface Classified {
  /** The rule's name, or `other clients`. */
  readonly rule: string;
  /** What becomes of it where no retry of it is found. */
  readonly verdict: Exclude<Verdict['kind'], 'retried'>;
  /** Why, in a few words for people; one of a handful for a rule. */
  readonly reason: string;
  /** Present: look for the client's own retry so long after it, before the verdict counts. */
  readonly horizonSeconds?: number;
  /** The reason where that retry is found; present with `horizonSeconds`. */
  readonly retriedReason?: string;
  /** Present: after so many failures in a row the client has stopped for good. */
  readonly switchesOffAfter?: number;
}

/** Says of requests what becomes of them. */
export interface Classifier {
  /** What becomes of a request that was missed: it failed, or what it did was undone. */
  classify(record: RequestRecord): Classified;
}

type Condition = (record: RequestRecord) => boolean;

/**
 * Compiles the rules of a runbook. The first rule of which every condition holds decides.
 *
 * @example createClassifier(runbook.backfill).classify(record) // { rule: 'web', verdict: 'replayable', ... }
 */
export function createClassifier(spec: BackfillSpec): Classifier {
  const rules = spec.clients.map((rule) => ({ rule, conditions: conditionsOf(rule) }));
  return {
    classify: (record) => {
      const first = rules.find(({ conditions }) => conditions.every((holds) => holds(record)));
      return judge(record, first?.rule, spec);
    },
  };
}

function conditionsOf(rule: ClientRule): readonly Condition[] {
  const conditions: Condition[] = [];
  const like = (name: string, patterns: readonly string[] | undefined): void => {
    if (patterns === undefined) return;
    const matches = matcherOf(patterns);
    conditions.push((record) => {
      const value = valueOf(record, name);
      return value !== undefined && matches(value);
    });
  };
  like('method', rule.method);
  like('path', rule.path);
  like('userAgent', rule.userAgent);
  for (const [name, patterns] of Object.entries(rule.header ?? {})) like(`header:${name}`, patterns);
  for (const [name, patterns] of Object.entries(rule.query ?? {})) like(`query:${name}`, patterns);
  if (rule.version !== undefined) conditions.push(versionTest(rule.sdk, rule.version));
  for (const [path, patterns] of Object.entries(rule.body ?? {})) like(`body:${path}`, patterns);
  return conditions;
}

function judge(record: RequestRecord, rule: ClientRule | undefined, spec: BackfillSpec): Classified {
  const name = rule?.name ?? OTHER_CLIENTS;
  const answer = answerTo(record, spec);
  const fate = fateOf(record, rule, answer);
  if (rule === undefined) return { rule: name, ...fate };
  const { horizon, switchesOffAfter } = rule;
  // A client that was told of success has no reason to try again: what looks the same later is another request.
  const looksForRetry = horizon !== undefined && answer !== 'success';
  return {
    rule: name,
    ...fate,
    ...(looksForRetry && { horizonSeconds: horizon, retriedReason: retriedReason(record, horizon, spec) }),
    ...(switchesOffAfter !== undefined && { switchesOffAfter }),
  };
}

/** What the client was told. */
type Answer = 'success' | 'refusal' | 'failure';

function answerTo({ status }: RequestRecord, { missingStatus }: BackfillSpec): Answer {
  if (status === undefined && missingStatus === 'answered') return 'success';
  if (status === undefined || status >= 500 || status < 100) return 'failure';
  return status >= 400 ? 'refusal' : 'success';
}

type Ruling = Pick<Classified, 'verdict' | 'reason'>;

function fateOf(record: RequestRecord, rule: ClientRule | undefined, answer: Answer): Ruling {
  if (rule?.behaviour === 'retries-forever' && answer === 'failure')
    return { verdict: 'returns', reason: rule.why ?? 'its client retries until it is answered' };
  const cause = causeOf(rule, answer);
  if (rule?.replay === false)
    return { verdict: 'lost', reason: rule.why ?? `${cause}, and the runbook excludes it from the replay` };
  const obstacle = obstacleOf(record);
  if (obstacle !== undefined) return { verdict: 'lost', reason: `${cause}, and ${obstacle}` };
  const holds = payloadOf(record);
  if (holds === undefined)
    return {
      verdict: 'lost',
      reason: `${cause}, and it cannot be replayed: the log does not contain the body`,
    };
  // What the runbook says of its rule explains a client that gave up, not one that was answered otherwise.
  const why = answer === 'failure' ? rule?.why : undefined;
  return { verdict: 'replayable', reason: why ?? `${cause}; ${holds}` };
}

function causeOf(rule: ClientRule | undefined, answer: Answer): string {
  if (answer === 'success') return 'its client received a success and does not retry';
  if (rule === undefined) return 'no rule says that its client retries';
  if (rule.behaviour === 'retries-forever') return 'its client does not retry after a 4xx';
  if (rule.horizon === undefined) return 'its client does not retry';
  return `its client did not retry within ${formatDuration(rule.horizon)}`;
}

/** What a request is sent again from; `undefined`: the source does not hold all of it. An access log has the URL, and only of GET and HEAD is that everything. */
function payloadOf({ payload, method }: RequestRecord): string | undefined {
  if (payload === 'whole') return 'the source contains the whole request';
  return /^(GET|HEAD)$/i.test(method) ? 'its URL is the whole request' : undefined;
}

/** The reason says how certain the match is. */
function retriedReason(
  { payload, method }: RequestRecord,
  horizonSeconds: number,
  spec: BackfillSpec,
): string {
  const found = `its client retried within ${formatDuration(horizonSeconds)}`;
  const isBodyUnseen = payload === 'url-only' && !/^(GET|HEAD)$/i.test(method);
  const isByDefault = spec.identity === undefined;
  return isBodyUnseen && isByDefault
    ? `${found}, matched by client, method, URL and user agent: the log does not contain the body`
    : found;
}
