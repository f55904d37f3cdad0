import type { FormatName } from '../../runbook/backfill-schema.ts';
import { BYTE, byteAt, indexOfByte, isDigit, startsWith } from './bytes.ts';
import { clockMs, isoDay, utcInstant } from './calendar.ts';
import { isHaproxyTime } from './clf-time.ts';

/** So far into a line the time of a combined line is looked for: host and user come before it. */
const HOST_AND_USER = 600;
const REQUEST_TYPES = ['http ', 'https ', 'h2 ', 'grpcs ', 'ws ', 'wss '];

/** Where the time begins in a line that begins with the type of a request; -1 for any other line. */
export function afterRequestType(bytes: Uint8Array, start: number, end: number): number {
  for (const type of REQUEST_TYPES) if (startsWith(bytes, start, end, type)) return start + type.length;
  return -1;
}

/**
 * What a line is that `own` cannot read: why it is foreign, by the first bytes of the formats that are known; undefined when
 * it is like none of them, or like `own`.
 */
export function foreignWhy(
  bytes: Uint8Array,
  start: number,
  end: number,
  own: FormatName,
): string | undefined {
  const kind = kindOf(bytes, start, end);
  if (kind === undefined) return undefined;
  const [family, why] = kind;
  return family === FAMILY[own] ? undefined : why;
}

const FAMILY: Readonly<Record<FormatName, string>> = {
  alb: 'alb',
  combined: 'clf',
  common: 'clf',
  cloudfront: 'columns',
  haproxy: 'haproxy',
  envoy: 'envoy',
  w3c: 'columns',
  json: 'json',
  capture: 'json',
};

const KINDS = {
  networkLoadBalancer: ['nlb', 'a TLS connection of a network load balancer'],
  connection: ['connection', 'a connection, or a request to a classic load balancer'],
  healthCheck: ['health', 'a health check of a load balancer'],
  alb: ['alb', 'a line of an ALB access log'],
  columns: ['columns', 'a line of a CloudFront or W3C log'],
  haproxy: ['haproxy', 'a line of HAProxy'],
  envoy: ['envoy', 'a line of Envoy'],
  clf: ['clf', 'a line of a combined or common access log'],
  json: ['json', 'a line of JSON'],
  comment: ['comment', 'a comment or a header line'],
} as const;

function kindOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly [family: string, why: string] | undefined {
  if (start === end) return undefined;
  const first = byteAt(bytes, start);
  if (first === BYTE.brace) return KINDS.json;
  if (startsWith(bytes, start, end, 'tls ') && end - start > 4 && isDigit(byteAt(bytes, start + 4))) {
    return KINDS.networkLoadBalancer;
  }
  const time = afterRequestType(bytes, start, end);
  if (time >= 0) return albKind(bytes, time, end);
  if (first === BYTE.hash) {
    const directive = startsWith(bytes, start, end, '#Version:') || startsWith(bytes, start, end, '#Fields:');
    return directive ? KINDS.columns : KINDS.comment;
  }
  if (isDigit(first) && end - start > 20 && isoDay(bytes, start) >= 0) {
    const tabs = byteAt(bytes, start + 10) === BYTE.tab && byteAt(bytes, start + 19) === BYTE.tab;
    if (tabs && clockMs(bytes, start + 11) >= 0) return KINDS.columns;
    const space = indexOfByte(bytes, BYTE.space, start, Math.min(end, start + 40));
    const isContainers = ['stdout ', 'stderr '].some((stream) => startsWith(bytes, space + 1, end, stream));
    if (!isContainers) return utcInstant(bytes, start, space) >= 0 ? KINDS.connection : undefined;
  }
  return bracketKind(bytes, start, end);
}

/** After the type of a request: where the name of the load balancer is due, a health check has its duration, a network load balancer its name. */
function albKind(bytes: Uint8Array, time: number, end: number): readonly [string, string] | undefined {
  const afterTime = indexOfByte(bytes, BYTE.space, time, Math.min(end, time + 40));
  if (utcInstant(bytes, time, afterTime) < 0) return undefined;
  const name = afterTime + 1;
  if (startsWith(bytes, name, end, 'net/')) return KINDS.networkLoadBalancer;
  let index = name;
  while (index < end && (isDigit(byteAt(bytes, index)) || byteAt(bytes, index) === BYTE.dot)) index += 1;
  if (index > name && index < end && byteAt(bytes, index) === BYTE.space) return KINDS.healthCheck;
  return KINDS.alb;
}

/** By its time in brackets: ` [10/Oct/2000:13:55:36 ` where combined, common and HAProxy's lines have it, `[2016-04-15T20:17:00.310Z] "` where Envoy's do. */
function bracketKind(
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly [family: string, why: string] | undefined {
  const limit = Math.min(end, start + HOST_AND_USER) - 23;
  for (let index = start; index < limit; index += 1) {
    if (byteAt(bytes, index) !== BYTE.bracket) continue;
    const isFirst = index === start || startsWith(bytes, index - 3, end, ' F ');
    if (isFirst && isoDay(bytes, index + 1) >= 0 && byteAt(bytes, index + 11) === BYTE.letterT)
      return KINDS.envoy;
    if (index === start || byteAt(bytes, index - 1) !== BYTE.space) continue;
    const slashes = byteAt(bytes, index + 3) === BYTE.slash && byteAt(bytes, index + 7) === BYTE.slash;
    if (!slashes || byteAt(bytes, index + 12) !== BYTE.colon || clockMs(bytes, index + 13) < 0) continue;
    return isHaproxyTime(bytes, index, end) ? KINDS.haproxy : KINDS.clf;
  }
  return undefined;
}
