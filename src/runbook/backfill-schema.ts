import * as z from 'zod';
import { expected } from '../document/expected.ts';
import { duration, instant, percent } from '../document/scalars.ts';
import { FORMATS } from './log-formats.ts';

export type { FormatName } from './log-formats.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'an http or https URL' });

/** `*` stands for anything; without one the whole must be equal. Upper and lower case do not matter. One of several is enough. */
const pattern = z.string().min(1).max(500);
const patterns = z
  .union([pattern, z.array(pattern).min(1).max(100)])
  .transform((one) => (typeof one === 'string' ? [one] : one));

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'the name of a header')
  .transform((name) => name.toLowerCase());

/** `a.b.0.c`: a value in a JSON body. */
const bodyPath = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^.]+(\.[^.]+)*$/, 'a path such as event.type');

/** One value of a request: `client`, `method`, `path`, `url`, `userAgent`, `header:NAME`, `cookie:NAME`, `query:NAME`, `body`, `body:PATH`. */
const requestValue = z
  .string()
  .regex(
    /^(client|method|path|url|host|userAgent|body|header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|cookie:[^\s;=]+|query:[^&=#]+|body:[^.]+(\.[^.]+)*)$/,
    "client, method, host, path, url, userAgent, body, or 'header:NAME', 'cookie:NAME', 'query:NAME', 'body:PATH'",
  );

/** Where in a line of JSON a request's parts stand: paths such as `req.headers`. */
const fieldMapping = z.strictObject({
  time: bodyPath.optional(),
  method: bodyPath.optional(),
  url: bodyPath.optional(),
  host: bodyPath.optional(),
  status: bodyPath.optional(),
  client: bodyPath.optional(),
  userAgent: bodyPath.optional(),
  headers: bodyPath.optional(),
  body: bodyPath.optional(),
  /** Whether the body is base64: a path to a boolean; absent: it is text. */
  bodyBase64: bodyPath.optional(),
  latency: bodyPath.optional(),
});
export type FieldMapping = z.output<typeof fieldMapping>;

const source = z.strictObject({
  /** A file, a pattern with `*`, `?` and `**`, `-` for standard input, or `s3://bucket/prefix`. */
  path: z.string().min(1).max(4_096).optional(),
  /** The URL of a queue: its messages are requests in the format `capture` or `json`. */
  sqs: httpUrl.optional(),
  /** Detected when absent. */
  format: z.enum(FORMATS).optional(),
  /** Of the format `json`. */
  fields: fieldMapping.optional(),
  /** Of the formats `w3c` and `cloudfront`, where the log does not name them: a list, or the text of a `#Fields:` line. */
  columns: z
    .union([z.string().min(1).max(4_096), z.array(z.string().min(1).max(100)).min(1).max(200)])
    .transform((given) =>
      typeof given === 'string'
        ? given
            .replace(/^#Fields:/, '')
            .trim()
            .split(/\s+/)
        : given,
    )
    .optional(),
  /** Of the format `haproxy`, whose times do not tell it: `UTC` or an offset. */
  zone: z
    .string()
    .regex(/^(UTC|[+-](0\d|1[0-4]):[0-5]\d)$/, "UTC or an offset such as '+02:00'")
    .optional(),
});

/** `5xx`, `499`. */
const statusPattern = z
  .union([z.int().min(100).max(999).transform(String), z.string()])
  .refine(
    (text) => /^[3-9](\d\d|xx)$/.test(text),
    expected('a status that is no success, such as 503 or 5xx'),
  );

const givenWindow = z
  .strictObject({
    from: instant,
    to: instant,
    /** `failed`: what failed in it. `all`: everything in it is missed, such as what a restore has undone. */
    include: z.enum(['failed', 'all']).default('failed'),
  })
  .refine(({ from, to }) => from < to, expected("'from' before 'to'"));

const windows = z.strictObject({
  /** The data is looked at in buckets of this length. */
  bucket: duration.refine((seconds) => seconds >= 1, expected('at least 1s')).default(60),
  /** A window begins in a bucket with at least this error rate... */
  begin: percent.default(1),
  /** ...and goes on while buckets have at least this one; less than `begin`. */
  end: percent.default(0.5),
  /** So long it may be quiet without the window being over. */
  quiet: duration.default(300),
  minErrors: z.int().min(1).default(5),
  minRequests: z.int().min(1).default(20),
  /** At least so long without any request counts as a gap, where there was traffic before and after. */
  gap: duration.default(300),
  given: z.array(givenWindow).max(1_000).default([]),
  /** In a restore: everything between the recovery point and the damage was undone by it, so all of that is missed too. */
  restored: z.boolean().default(false),
  /** `all`: every failed request is missed. `windows`: what failed outside the windows, found or given, is an ordinary error, left alone. `given`: what failed outside the given windows. */
  scope: z.enum(['all', 'windows', 'given']).default('all'),
});
export type WindowSettings = z.output<typeof windows>;

const client = z.strictObject({
  name: z.string().min(1).max(100),
  userAgent: patterns.optional(),
  /** Where the version of its SDK stands: a product of the user agent (`mixpanel-iphone`), or any value of the request (`header:x-sdk`, `query:lib_version`). */
  sdk: z.string().min(1).max(200).optional(),
  /** Semantic version range, e.g. `>=7.0.0`. */
  version: z.string().min(1).max(200).optional(),
  path: patterns.optional(),
  method: patterns.optional(),
  /** Every one of them must match. */
  header: z.record(headerName, patterns).optional(),
  query: z.record(z.string().min(1), patterns).optional(),
  body: z.record(bodyPath, patterns).optional(),
  /** `retries-forever`: it comes back by itself. `retries`: it tries again within `horizon`, then gives up. `gives-up`: it never tries again. */
  behaviour: z.enum(['retries-forever', 'retries', 'gives-up']),
  /** How long after a failure it still tries: within it a request with the same identity is the same request. */
  horizon: duration.optional(),
  /** False: what it lost cannot or must not be replayed. */
  replay: z.boolean().default(true),
  /** After so many failures in a row the client stops for good, until an operator starts it again. */
  switchesOffAfter: z.int().min(1).max(1_000_000).optional(),
  why: z.string().max(500).optional(),
});
export type ClientRule = z.output<typeof client>;

/** A value that must not stand in a file: from the environment, or from the parameter store (also `/aws/reference/secretsmanager/NAME`). */
const secret = z.union([
  z.string().max(8_192),
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'),
    prefix: z.string().max(100).optional(),
  }),
  z.strictObject({ ssm: z.string().min(1).max(2_048), prefix: z.string().max(100).optional() }),
]);
export type SecretValue = z.output<typeof secret>;

const rewrite = z.strictObject({
  /** The Host header; `original`: that which the request had. Default: that of the target. */
  host: z.string().min(1).max(255).optional(),
  /** Set, or taken out with `null`. */
  headers: z.record(headerName, secret.nullable()).default({}),
  /** Beginnings of paths, replaced: `{ "/v1/": "/v2/" }`. */
  path: z.record(z.string().regex(/^\//, "a path that begins with '/'"), z.string().regex(/^\//)).default({}),
  /** Where the time of the original request goes: `header:NAME`, `query:NAME` or `body:PATH`. */
  time: z
    .strictObject({
      in: z
        .string()
        .regex(
          /^(header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|query:[^&=#]+|body:[^.]+(\.[^.]+)*)$/,
          "'header:NAME', 'query:NAME' or 'body:PATH'",
        ),
      as: z.enum(['original', 'now']).default('original'),
      format: z.enum(['iso', 'seconds', 'milliseconds']).default('iso'),
    })
    .optional(),
});
export type Rewrite = z.output<typeof rewrite>;

/** What the adaptive rate goes by: the traffic that must not suffer. */
const live = z
  .strictObject({
    /** Answers `{ "p99Ms": 120, "errorRate": 0.001 }`, of the last seconds. */
    url: httpUrl.optional(),
    /** A log of the live traffic that grows: lines of JSON with `latency` (seconds) and `status`; see `fields`. */
    log: z.string().min(1).optional(),
    fields: fieldMapping.optional(),
    /** An Application Load Balancer in CloudWatch: `app/NAME/ID`. */
    loadBalancer: z
      .string()
      .regex(/^app\/[^/]+\/[0-9a-f]+$/, "'app/NAME/ID'")
      .optional(),
    /** What the live traffic's p99 may come to. */
    p99: duration.optional(),
    errorRate: percent.default(1),
    every: duration.default(1),
  })
  .refine(
    (l) => [l.url, l.log, l.loadBalancer].filter((one) => one !== undefined).length === 1,
    expected("one of 'url', 'log' and 'loadBalancer'"),
  );
export type LiveSettings = z.output<typeof live>;

const target = z.union([httpUrl, z.strictObject({ sqs: httpUrl })]);
export type TargetSpec = z.output<typeof target>;

const replay = z.strictObject({
  /** The only place that anything is ever sent to. */
  target,
  /** Requests a second, or as much as the live traffic leaves room for. */
  rate: z.union([z.literal('adaptive'), z.number().positive().max(1_000_000)]).default('adaptive'),
  /** Requests a second that `adaptive` never exceeds. */
  maxRate: z.number().positive().max(1_000_000).optional(),
  connections: z.int().min(1).max(1_024).default(64),
  /** Requests with the same value keep their order: one at a time. Absent: in parallel. */
  orderBy: requestValue.optional(),
  /** Send an `Idempotency-Key` with each record; a name sends it in that header. */
  idempotencyKey: z.union([z.boolean(), headerName]).default(true),
  /** What is done with a request whose outcome is unknown: sent again with the same key, or reported. Default: `resend` with an idempotency key, else `report`. */
  ambiguous: z.enum(['resend', 'report']).optional(),
  timeout: duration.default(30),
  /** How often one request is tried. */
  attempts: z.int().min(1).max(100_000).default(10),
  /** The first and the longest pause before another attempt; full jitter. */
  backoff: z.strictObject({ first: duration.default(0.5), longest: duration.default(60) }).prefault({}),
  /** At most so many of all sends may be repeats. */
  retryBudget: percent.refine((value) => value <= 10, expected('at most 10%')).default(10),
  rewrite: rewrite.prefault({}),
  live: live.optional(),
});
export type ReplaySettings = z.output<typeof replay>;

/** What was missed in the outage, who brings it back by itself, and where the rest is sent. */
export const backfillSchema = z.strictObject({
  sources: z.array(source).min(1).max(1_000),
  /** Answers that count as failed. */
  failed: z.array(statusPattern).min(1).default(['5xx']),
  /** What a line of an access log without a status counts as; default `failed`. A request of a capture without one was never answered. */
  missingStatus: z.enum(['failed', 'answered']).optional(),
  /** What makes two requests the same one. Default: client, method, url, userAgent, and the body where there is one. */
  identity: z.array(requestValue).min(1).optional(),
  windows: windows.prefault({}),
  /** The first rule that matches decides; a request that none matches: its client gives up. */
  clients: z.array(client).max(1_000).default([]),
  /** Where it goes. Absent: it is only found and counted. */
  replay: replay.optional(),
});

export type BackfillSpec = z.output<typeof backfillSchema>;
export type SourceSpec = BackfillSpec['sources'][number];
