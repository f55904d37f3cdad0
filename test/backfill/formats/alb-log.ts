import type { Instant } from '../../../src/time.ts';

/** A made-up ALB log: the same for the same settings. */
export interface AlbLog {
  readonly seed: number;
  /** When the first line is answered. */
  readonly start: Instant;
  readonly linesPerSecond: number;
  /** Minutes from `start` in which a tenth of all answers fail; outside them one in a thousand does. */
  readonly outage: readonly [from: number, to: number];
}

export const ALB_LOG: AlbLog = {
  seed: 1,
  start: Date.UTC(2021, 3, 1, 12),
  linesPerSecond: 500,
  outage: [4, 9],
};

const PATHS = [
  '/v1/events?source=ios&batch=20',
  '/v1/events',
  '/track?ip=1&data=eyJldmVudCI6ICJMZXZlbCBDb21wbGV0ZSIsICJwcm9wZXJ0aWVzIjogeyJMZXZlbCBOdW1iZXIiOiA5fX0%3D',
  '/engage/?verbose=1&q=a%20b%22c',
  '/decide?version=3&lib=iphone&token=6b5a3c9d2e1f4a7b8c9d0e1f2a3b4c5d&distinct_id=1f7d0b1c-93a5-4a51-9b5e-0c2f5a7ad1c0',
  '/healthz',
];
const METHODS = ['POST', 'POST', 'GET', 'POST', 'GET', 'GET'];
const AGENTS = [
  'mixpanel-iphone/7.0.2 CFNetwork/1128.0.1 Darwin/19.6.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.125 Safari/537.36',
  'okhttp/4.9.0',
  'Mozilla/5.0 (Linux; Android 10; \\"K\\") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0 Mobile Safari/537.36',
  'python-requests/2.25.1',
  '-',
];
const FAILURES = ['500', '502', '503', '504', '-'];
const ARN = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/collectors/73e2d6bc24d8a067';
const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012';

/** Bits that depend on the line alone. */
function mixed(index: number, seed: number): number {
  let bits = Math.imul(index ^ Math.imul(seed, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 15), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function client(bits: number): string {
  const port = 1_024 + (bits & 0x7fff);
  const group = (bits & 0xffff).toString(16);
  if (bits % 11 === 0) return `[2001:db8::${group}]:${port}`;
  if (bits % 13 === 0) return `2001:db8:0:1::${group}:${port}`;
  return `198.51.${(bits >>> 8) & 0xff}.${bits & 0xff}:${port}`;
}

/** Line `index`, without a newline: some 600 bytes, its time within half a minute of its place. */
export function albLine(index: number, log: AlbLog = ALB_LOG): string {
  const bits = mixed(index, log.seed);
  const other = mixed(index + 0x5bd1e995, log.seed);
  const offsetMs =
    (index * 1_000) / log.linesPerSecond + ((other % 60_000) - 30_000) * (bits % 5 === 0 ? 1 : 0);
  const minute = offsetMs / 60_000;
  const inOutage = minute >= log.outage[0] && minute < log.outage[1];
  const fails = inOutage ? other % 10 === 0 : other % 1_000 === 0;
  const status = fails ? (FAILURES[bits % FAILURES.length] as string) : bits % 50 === 0 ? '404' : '200';
  const reached = !fails || status === '500';
  const targetMs = 2 + (other % 900);
  const answered = log.start + Math.floor(offsetMs);
  const kind = bits % PATHS.length;
  const micros = String(bits % 1_000).padStart(3, '0');
  const target = `10.0.${other & 3}.${bits & 0xff}:80`;
  const times = reached ? `0.000 0.${String(targetMs).padStart(3, '0')} 0.000` : '-1 -1 -1';
  const unit = mixed(index, log.seed + 1)
    .toString(16)
    .padStart(8, '0');
  return (
    `${bits % 7 === 0 ? 'h2' : 'https'} ${isoMs(answered)}${micros}Z app/collectors/50dc6c495c0c9188 ${client(bits)} ` +
    `${reached ? target : '-'} ${times} ${status} ${reached ? status : '-'} ${300 + (other % 4_000)} 366 ` +
    `"${METHODS[kind]} https://api.example.com:443${PATHS[kind]} HTTP/${bits % 7 === 0 ? '2.0' : '1.1'}" ` +
    `"${AGENTS[other % AGENTS.length]}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ${ARN} ` +
    `"Root=1-${unit}-36d228ad5d99923122bbe354" "api.example.com" "${CERTIFICATE}" 0 ` +
    `${isoMs(answered - targetMs)}${micros}Z "forward" "-" "-" "${reached ? target : '-'}" "${reached ? status : '-'}" "-" "-" TID_${unit}`
  );
}

let isoSecond = 0;
let isoPrefix = '';

/** `2021-04-01T12:00:00.123`. Making an ISO text of every instant would take longer than the rest of a line. */
function isoMs(at: Instant): string {
  const second = Math.floor(at / 1_000);
  if (second !== isoSecond) {
    isoSecond = second;
    isoPrefix = new Date(second * 1_000).toISOString().slice(0, 20);
  }
  return isoPrefix + String(at - second * 1_000).padStart(3, '0');
}

/** Lines `first` to `first + count`, each with its newline. */
export function albChunk(first: number, count: number, log: AlbLog = ALB_LOG): Buffer {
  let text = '';
  for (let index = first; index < first + count; index += 1) text += `${albLine(index, log)}\n`;
  return Buffer.from(text, 'latin1');
}
